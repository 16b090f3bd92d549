using System.Net;

namespace Posthorn.EndToEndTests.Endpoints;

/// <summary><c>POST /api/webhooks/{id}/test</c>.</summary>
public sealed class TestEventTests(RunningWorker running) : IClassFixture<RunningWorker>
{
    private readonly Harness _harness = running.Harness;

    [Fact]
    public async Task A_test_event_is_accepted_and_arrives_though_the_endpoint_did_not_subscribe_to_it()
    {
        await using var consumer = await Consumer.StartAsync();
        var id = await _harness.RegisterAsync(consumer.Url(), "other.happened");

        var answer = await _harness.CallAsync($"POST /api/webhooks/{id}/test");

        answer.Status.ShouldBe(HttpStatusCode.Accepted, answer.Text);
        await Harness.UntilAsync(() => consumer.Requests.Count == 1, "the test arrives");
        consumer.Ids.ShouldBe([answer.Json.Text("event_id")]);
        Consumer.Json(consumer.Requests[0]).Text("webhook_id").ShouldBe(id);
        var delivery = await _harness.CallAsync($"GET /api/deliveries/{answer.Json.Text("delivery_id")}");
        delivery.Json.Text("webhook_id").ShouldBe(id);
    }

    [Fact]
    public async Task With_wait_the_answer_says_what_the_receiver_said()
    {
        var status = 200;
        await using var consumer = await Consumer.StartAsync(_ => new Reply(Volatile.Read(ref status), """{"no":"thanks"}"""));
        var id = await _harness.RegisterAsync(consumer.Url(), "other.happened");

        var good = await _harness.CallAsync($"POST /api/webhooks/{id}/test?wait=true", """{"type":"mine.tried","data":{"n":[1, 2]}}""");
        status = 503;
        var bad = await _harness.CallAsync($"POST /api/webhooks/{id}/test?wait=true");

        good.Status.ShouldBe(HttpStatusCode.OK, good.Text);
        var delivered = good.Json.GetProperty("delivery");
        delivered.Text("status").ShouldBe("delivered");
        delivered.GetProperty("status_code").GetInt32().ShouldBe(200);
        delivered.Text("type").ShouldBe("mine.tried");
        consumer.Requests[0].Text.ShouldBe("""{"n":[1, 2]}""");
        bad.Status.ShouldBe(HttpStatusCode.OK, bad.Text);
        bad.Json.GetProperty("delivery").GetProperty("status_code").GetInt32().ShouldBe(503);
        bad.Json.GetProperty("delivery").Items("attempts").ShouldHaveSingleItem().Text("detail").ShouldContain("thanks");
        consumer.Requests.Count.ShouldBe(2, "a test is tried once");
    }

    [Fact]
    public async Task A_pending_and_a_disabled_endpoint_can_be_tried_too()
    {
        await using var consumer = await Consumer.StartAsync();
        var pending = (await _harness.RegisterAsync($$"""{"url":"{{consumer.Url("/pending")}}","events":["job.completed"],"secret":"s"}""")).Text("id");
        var disabled = await _harness.RegisterAsync(consumer.Url("/disabled"), "other.happened");
        await _harness.CallAsync($"PUT /api/webhooks/{disabled}", """{"status":"disabled"}""");

        foreach (var id in new[] { pending, disabled })
            (await _harness.CallAsync($"POST /api/webhooks/{id}/test?wait=true")).Json.GetProperty("delivery").Text("status").ShouldBe("delivered");

        (await _harness.CallAsync($"GET /api/webhooks/{pending}")).Json.Text("status").ShouldBe("pending");
        (await _harness.CallAsync($"GET /api/webhooks/{disabled}")).Json.Text("status").ShouldBe("disabled");
    }

    [Fact]
    public async Task A_receiver_of_nothing_but_tests_that_is_gone_is_not_disabled_by_one()
    {
        await using var consumer = await Consumer.StartAsync(_ => new Reply(410));
        var id = await _harness.RegisterAsync(consumer.Url(), "other.happened");

        var answer = await _harness.CallAsync($"POST /api/webhooks/{id}/test?wait=true");

        answer.Json.GetProperty("delivery").GetProperty("status_code").GetInt32().ShouldBe(410);
        (await _harness.CallAsync($"GET /api/webhooks/{id}")).Json.Text("status").ShouldBe("active");
    }
}
