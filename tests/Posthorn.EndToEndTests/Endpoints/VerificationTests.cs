using System.Net;

namespace Posthorn.EndToEndTests.Endpoints;

/// <summary>The challenge of seeds/004.</summary>
public sealed class VerificationTests(RunningWorker running) : IClassFixture<RunningWorker>
{
    private const string Wrong = """{"challenge":"something else"}""";
    private readonly Harness _harness = running.Harness;

    [Theory]
    [InlineData(200, Wrong)]
    [InlineData(200, """{"status":"ok"}""")]
    [InlineData(200, "not json")]
    [InlineData(200, """["challenge"]""")]
    [InlineData(200, """{"challenge":7}""")]
    [InlineData(404, """{"challenge":"{challenge}"}""")]
    [InlineData(201, """{"challenge":"{challenge}"}""")]
    [InlineData(302, """{"challenge":"{challenge}"}""")]
    public async Task Any_other_answer_than_200_with_the_challenge_leaves_it_pending(int status, string body)
    {
        await using var consumer = await Consumer.StartAsync(
            request => new Reply(status, body.Replace("{challenge}", Consumer.Json(request).Text("challenge"), StringComparison.Ordinal)));

        var registered = await _harness.RegisterAsync(Proposal(consumer.Url(), "never"));

        registered.Text("status").ShouldBe("pending");
        registered.Text("verification").ShouldNotBeEmpty();
        consumer.Requests.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_pending_endpoint_gets_nothing_until_verify_makes_it_active()
    {
        var isReady = false;
        await using var consumer = await Consumer.StartAsync(request => isReady ? Echo(request) : new Reply(200, Wrong));
        var id = (await _harness.RegisterAsync(Proposal(consumer.Url(), "late"))).Text("id");

        await _harness.PublishAsync(Event("evt_too-early", "late"));
        (await _harness.UntilRecordedAsync("evt_too-early")).GetProperty("matched").GetInt32().ShouldBe(0);
        await _harness.UntilQueueIsEmptyAsync();
        consumer.Events.ShouldBeEmpty();

        var again = await _harness.CallAsync($"POST /api/webhooks/{id}/verify");
        again.Json.Text("status").ShouldBe("pending");
        isReady = true;
        var verified = await _harness.CallAsync($"POST /api/webhooks/{id}/verify");
        await _harness.PublishAsync(Event("evt_in-time", "late"));

        verified.Status.ShouldBe(HttpStatusCode.OK, verified.Text);
        verified.Json.Text("status").ShouldBe("active");
        verified.Json.Text("verification").ShouldBe("verified");
        await _harness.UntilDeliveryIsAsync("evt_in-time", "delivered");
        consumer.Events.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Each_challenge_is_another_one()
    {
        await using var consumer = await Consumer.StartAsync(_ => new Reply(200, Wrong));
        var id = (await _harness.RegisterAsync(Proposal(consumer.Url(), "several"))).Text("id");

        await _harness.CallAsync($"POST /api/webhooks/{id}/verify");
        await _harness.CallAsync($"POST /api/webhooks/{id}/verify");

        consumer.Requests.Select(each => Consumer.Json(each).Text("challenge")).Distinct().Count().ShouldBe(3);
    }

    [Fact]
    public async Task A_new_url_is_challenged_again_and_the_old_one_gets_nothing_more()
    {
        await using var before = await Consumer.StartAsync(Echo);
        await using var after = await Consumer.StartAsync(Echo);
        await using var wrong = await Consumer.StartAsync(_ => new Reply(200, Wrong));
        var id = (await _harness.RegisterAsync(Proposal(before.Url(), "moving"))).Text("id");

        var moved = (await _harness.CallAsync($"PUT /api/webhooks/{id}", $$"""{"url":"{{after.Url()}}"}""")).Json;
        await _harness.PublishAsync(Event("evt_moved", "moving"));
        await _harness.UntilDeliveryIsAsync("evt_moved", "delivered");
        var lost = (await _harness.CallAsync($"PUT /api/webhooks/{id}", $$"""{"url":"{{wrong.Url()}}"}""")).Json;
        await _harness.PublishAsync(Event("evt_lost", "moving"));
        await _harness.UntilRecordedAsync("evt_lost");

        moved.Text("status").ShouldBe("active");
        lost.Text("status").ShouldBe("pending");
        before.Events.ShouldBeEmpty();
        after.Requests.Count.ShouldBe(2, "a challenge and an event");
        wrong.Events.ShouldBeEmpty();
    }

    [Fact]
    public async Task Another_change_than_the_url_asks_for_no_challenge()
    {
        await using var consumer = await Consumer.StartAsync(Echo);
        var id = (await _harness.RegisterAsync(Proposal(consumer.Url(), "still"))).Text("id");

        var changed = (await _harness.CallAsync($"PUT /api/webhooks/{id}", """{"description":"d","rate_limit":100}""")).Json;

        changed.Text("status").ShouldBe("active");
        consumer.Requests.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Other_profiles_are_challenged_when_their_owner_asks_for_it()
    {
        await using var consumer = await Consumer.StartAsync(Echo);

        var plain = await _harness.RegisterAsync($$"""{"url":"{{consumer.Url("/plain")}}","events":["asked.for"],"tenant":"asked"}""");
        var asked = await _harness.RegisterAsync($$"""{"url":"{{consumer.Url("/asked")}}","events":["asked.for"],"tenant":"asked","verify":true}""");

        plain.Text("status").ShouldBe("active");
        asked.Text("status").ShouldBe("active");
        consumer.Requests.ShouldHaveSingleItem().RequestLine.ShouldStartWith("POST /asked ");
    }

    private static Reply Echo(Received request) =>
        Consumer.IsChallenge(request) ? new Reply(200, $$"""{"challenge":"{{Consumer.Json(request).Text("challenge")}}"}""") : new Reply(200);

    private static string Proposal(Uri url, string tenant) => $$"""{"url":"{{url}}","events":["job.completed"],"secret":"s","tenant":"{{tenant}}"}""";

    private static string Event(string id, string tenant) => $$"""{"id":"{{id}}","type":"job.completed","tenant":"{{tenant}}","data":{"job_id":"j"} }""";
}
