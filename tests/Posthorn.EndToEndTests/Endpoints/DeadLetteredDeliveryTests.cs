using System.Net;

namespace Posthorn.EndToEndTests.Endpoints;

/// <summary>A delivery that is given up, and once more.</summary>
public sealed class DeadLetteredDeliveryTests : IAsyncLifetime
{
    private readonly Harness _harness = new Harness().WithFastProfile("00:00:00.050");

    public async ValueTask InitializeAsync() => await _harness.StartWorkerAsync();

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Fact]
    public async Task A_delivery_that_is_given_up_is_told_to_a_subscriber_and_can_be_sent_again()
    {
        var status = 500;
        await using var failing = await Consumer.StartAsync(_ => new Reply(Volatile.Read(ref status)));
        await using var subscriber = await Consumer.StartAsync();
        await _harness.RegisterAsync(subscriber.Url(), "delivery.*");
        var id = await _harness.RegisterAsync(failing.Url(), "parcel.lost", ""","profile":"fast" """);

        // 1. Given up, and told.
        await _harness.PublishAsync("""{"id":"evt_lost","type":"parcel.lost","data":{"n":1}}""");
        var dead = await _harness.UntilDeliveryIsAsync("evt_lost", "dead_lettered");
        dead.Text("reason").ShouldBe("RetriesExhausted");
        dead.Items("attempts").Select(each => each.GetProperty("status_code").GetInt32()).ShouldBe([500, 500]);
        await Harness.UntilAsync(() => subscriber.Requests.Count == 1, "the subscriber is told", _harness.DescribeProcesses);
        var told = Consumer.Json(subscriber.Requests[0]);
        told.Text("endpoint_id").ShouldBe(id);
        told.Text("event_id").ShouldBe("evt_lost");
        told.Text("event_type").ShouldBe("parcel.lost");
        told.Text("reason").ShouldBe("RetriesExhausted");
        told.GetProperty("attempts").GetInt32().ShouldBe(2);

        // 2. Sent again, with the same id on the wire; and again though it is delivered.
        status = 200;
        var resent = await _harness.CallAsync($"POST /api/deliveries/{dead.Text("id")}/resend");
        resent.Status.ShouldBe(HttpStatusCode.Accepted, resent.Text);
        resent.Json.Text("status").ShouldBe("pending");
        var delivered = await _harness.UntilDeliveryIsAsync("evt_lost", "delivered");
        delivered.Items("attempts").Count.ShouldBe(3);
        (await _harness.CallAsync($"POST /api/deliveries/{dead.Text("id")}/resend")).Status.ShouldBe(HttpStatusCode.Accepted);
        await Harness.UntilAsync(() => failing.Requests.Count == 4, "it arrives once more", _harness.DescribeProcesses);
        failing.Ids.Distinct().ShouldBe(["evt_lost"]);
        (await _harness.DeadLettersAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_waits_for_its_retry_is_not_sent_again_and_a_notification_that_arrived_cannot_be()
    {
        await using var failing = await Consumer.StartAsync(_ => new Reply(500));
        await using var working = await Consumer.StartAsync();
        await _harness.RegisterAsync(failing.Url(), "parcel.late");
        await _harness.PublishAsync("""{"id":"evt_late","type":"parcel.late","data":{"n":1}}""");
        var waiting = await _harness.UntilDeliveryIsAsync("evt_late", "retrying");
        await _harness.AcceptAsync(Envelopes.Of("evt_arrived", working.Url()));
        var arrived = await _harness.UntilDeliveryIsAsync("evt_arrived", "delivered");

        (await _harness.CallAsync($"POST /api/deliveries/{waiting.Text("id")}/resend")).ShouldBeProblem(HttpStatusCode.Conflict);
        (await _harness.CallAsync($"POST /api/deliveries/{arrived.Text("id")}/resend")).ShouldBeProblem(HttpStatusCode.Conflict);
        waiting.Has("next_attempt_at").ShouldBeTrue();
    }

    [Fact]
    public async Task Fault_57_what_is_on_its_way_to_a_deleted_endpoint_ends_as_EndpointGone()
    {
        await using var failing = await Consumer.StartAsync(_ => new Reply(500));
        var id = await _harness.RegisterAsync(failing.Url(), "parcel.orphaned", ""","profile":"fast" """);
        await _harness.CallAsync($"PUT /api/webhooks/{id}", """{"rate_limit":1}""");
        await _harness.PublishAsync([.. Enumerable.Range(1, 4).Select(n => $$"""{"id":"evt_orphan-{{n}}","type":"parcel.orphaned","data":{"n":1} }""")]);
        await Harness.UntilAsync(() => failing.Requests.Count > 0, "the first attempt");

        await _harness.CallAsync($"DELETE /api/webhooks/{id}");

        var dead = await _harness.UntilDeadAsync(4);
        dead.ShouldContain(letter => letter.Text("reason") == "EndpointGone");
    }
}
