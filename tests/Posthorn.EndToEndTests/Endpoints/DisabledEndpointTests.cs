using System.Net;
using System.Text.Json;

namespace Posthorn.EndToEndTests.Endpoints;

/// <summary>An endpoint that is gone, comes back, and gets what it missed.</summary>
public sealed class DisabledEndpointTests(RunningWorker running) : IClassFixture<RunningWorker>
{
    private readonly Harness _harness = running.Harness;

    [Fact]
    public async Task A_410_disables_the_endpoint_at_once_and_endpoint_disabled_reaches_a_subscriber()
    {
        await using var gone = await Consumer.StartAsync(_ => new Reply(410));
        await using var subscriber = await Consumer.StartAsync();
        await _harness.RegisterAsync(subscriber.Url(), "endpoint.disabled", ""","tenant":"gone" """);
        await _harness.RegisterAsync(subscriber.Url("/everything"), "*", ""","tenant":"gone" """);
        var id = await _harness.RegisterAsync(gone.Url(), "shop.closed", ""","tenant":"gone" """);

        await _harness.PublishAsync(Event("evt_gone", "shop.closed", "gone"));

        var disabled = await _harness.UntilWebhookIsAsync(id, "disabled");
        disabled.Text("disabled_reason").ShouldContain("410");
        await Harness.UntilAsync(() => subscriber.Requests.Any(each => each.RequestLine.StartsWith("POST /webhook ")), "the subscriber is told", _harness.DescribeProcesses);
        var told = Consumer.Json(subscriber.Requests.Single(each => each.RequestLine.StartsWith("POST /webhook ")));
        told.Text("endpoint_id").ShouldBe(id);
        told.Text("reason").ShouldContain("410");
        await _harness.PublishAsync(Event("evt_gone-2", "shop.closed", "gone"));
        await _harness.UntilRecordedAsync("evt_gone-2");
        await _harness.UntilQueueIsEmptyAsync();
        gone.Ids.ShouldBe(["evt_gone"]);
        subscriber.Requests.Where(each => each.RequestLine.StartsWith("POST /everything ")).Select(each => each["webhook-id"]).ShouldBe(["evt_gone", "evt_gone-2"], "* takes no event about endpoints");
    }

    [Fact]
    public async Task A_re_enabled_endpoint_is_offered_what_it_missed_and_a_recovery_sends_exactly_that()
    {
        var status = 200;
        await using var consumer = await Consumer.StartAsync(_ => new Reply(Volatile.Read(ref status)));
        var id = await _harness.RegisterAsync(consumer.Url(), "shop.sold", ""","tenant":"missing" """);
        await _harness.PublishAsync(Event("evt_had", "shop.sold", "missing"));
        await _harness.UntilDeliveryIsAsync("evt_had", "delivered");

        // 1. One ends as a dead letter, three are never sent, and others are none of its business.
        status = 410;
        await _harness.PublishAsync(Event("evt_dead", "shop.sold", "missing"));
        await _harness.UntilWebhookIsAsync(id, "disabled");
        await _harness.PublishAsync([.. Missed.Select(missed => Event(missed, "shop.sold", "missing")), Event("evt_other-type", "shop.shut", "missing"), Event("evt_other-tenant", "shop.sold", "others")]);
        await _harness.UntilRecordedAsync("evt_other-tenant");
        await _harness.UntilQueueIsEmptyAsync();

        // 2. Re-enabled.
        status = 200;
        var enabled = (await _harness.CallAsync($"PUT /api/webhooks/{id}", """{"status":"active"}""")).Json;
        enabled.Text("status").ShouldBe("active");
        var offer = enabled.GetProperty("missed");
        await _harness.PublishAsync(Event("evt_new", "shop.sold", "missing"));
        await _harness.UntilDeliveryIsAsync("evt_new", "delivered");
        consumer.Ids.ShouldBe(["evt_had", "evt_dead", "evt_new"]);

        // 3. Recovered, as the offer says.
        var run = await RecoverAsync(offer.Text("recover"), offer.Text("since"));
        run.Text("status").ShouldBe("completed");
        run.GetProperty("replayed").GetInt32().ShouldBe(1);
        run.GetProperty("sent").GetInt32().ShouldBe(3);
        await _harness.UntilQueueIsEmptyAsync();
        consumer.Ids.Skip(3).ShouldBe(["evt_dead", .. Missed], ignoreOrder: true);
        (await _harness.CallAsync($"GET /api/webhooks/{id}/recoveries")).Json.Items("recoveries").ShouldHaveSingleItem().Text("id").ShouldBe(run.Text("id"));

        // 4. A second time there is nothing to send.
        var second = await RecoverAsync(offer.Text("recover"), offer.Text("since"));
        (second.GetProperty("replayed").GetInt32() + second.GetProperty("sent").GetInt32()).ShouldBe(0);
        await _harness.UntilQueueIsEmptyAsync();
        consumer.Ids.Count.ShouldBe(7);
    }

    [Fact]
    public async Task What_is_not_active_cannot_be_recovered()
    {
        await using var consumer = await Consumer.StartAsync();
        var id = await _harness.RegisterAsync(consumer.Url(), "shop.asleep");
        await _harness.CallAsync($"PUT /api/webhooks/{id}", """{"status":"disabled"}""");

        var answer = await _harness.CallAsync($"POST /api/webhooks/{id}/recover", """{"since":"2026-01-01T00:00:00Z"}""");

        answer.ShouldBeProblem(HttpStatusCode.Conflict);
    }

    private static string[] Missed => ["evt_missed-1", "evt_missed-2", "evt_missed-3"];

    private static string Event(string id, string type, string tenant) => $$"""{"id":"{{id}}","type":"{{type}}","tenant":"{{tenant}}","data":{"n":"{{id}}"} }""";

    private async Task<JsonElement> RecoverAsync(string path, string since)
    {
        var begun = await _harness.CallAsync($"POST {path}", $$"""{"since":"{{since}}"}""");
        begun.Status.ShouldBe(HttpStatusCode.Accepted, begun.Text);
        var place = $"GET /api/webhooks/{begun.Json.Text("webhook_id")}/recoveries/{begun.Json.Text("id")}";
        var run = begun.Json;
        await Harness.UntilAsync(async () => (run = (await _harness.CallAsync(place)).Json).Text("status") != "running", "the recovery ends", _harness.DescribeProcesses);
        return run;
    }
}
