using System.Text.Json;

namespace Posthorn.EndToEndTests;

public sealed class RetryingTests : IAsyncLifetime
{
    private readonly Harness _harness = new Harness().WithFastProfile("00:00:00.3", "00:00:00.6").With("--profiles:fast:timeout=00:00:01");

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Fact]
    public async Task A_receiver_that_fails_twice_is_delivered_to_on_the_third_attempt_at_the_scheduled_times()
    {
        await using var receiver = new RawReceiver(number => number < 3 ? 500 : 200);
        await _harness.StartWorkerAsync();

        await _harness.AcceptAsync(Envelopes.Of("evt_third", receiver.Url(), "fast"));

        await Harness.UntilAsync(() => receiver.Requests.Count == 3, "three attempts");
        await _harness.UntilQueueIsEmptyAsync();
        var requests = receiver.Requests;
        requests.Count.ShouldBe(3);
        requests.Select(request => request["webhook-id"]).Distinct().ShouldBe(["evt_third"]);
        requests.Select(request => request.Text).Distinct().ShouldHaveSingleItem();
        ShouldCome(requests[1].Since(requests[0]), TimeSpan.FromSeconds(0.3), jitter: 0.1);
        ShouldCome(requests[2].Since(requests[1]), TimeSpan.FromSeconds(0.6), jitter: 0.1);
    }

    [Fact]
    public async Task Proposal_waits_its_own_one_and_two_seconds()
    {
        await using var receiver = new RawReceiver(number => number < 3 ? 500 : 200);
        await _harness.StartWorkerAsync();

        await _harness.AcceptAsync(Envelopes.Of("evt_proposal", receiver.Url(), "proposal"));

        await Harness.UntilAsync(() => receiver.Requests.Count == 3, "three attempts");
        var requests = receiver.Requests;
        ShouldCome(requests[1].Since(requests[0]), TimeSpan.FromSeconds(1), jitter: 0.2);
        ShouldCome(requests[2].Since(requests[1]), TimeSpan.FromSeconds(2), jitter: 0.2);
    }

    [Fact]
    public async Task Fault_35_what_always_fails_rests_as_RetriesExhausted_with_every_attempt()
    {
        await using var receiver = new RawReceiver(_ => 503);
        await _harness.StartWorkerAsync();
        var url = new Uri(receiver.Url() + "?token=hidden");
        await _harness.AcceptAsync(Envelopes.Of("evt_dead", url, "fast").Replace("\"type\"", "\"tenant\":\"user_1\",\"subject\":\"batch-7\",\"type\"", StringComparison.Ordinal));

        var letter = (await _harness.UntilDeadAsync(1)).ShouldHaveSingleItem();

        Text(letter, "id").ShouldBe("evt_dead");
        Text(letter, "type").ShouldBe("test.happened");
        Text(letter, "profile").ShouldBe("fast");
        Text(letter, "tenant").ShouldBe("user_1");
        Text(letter, "subject").ShouldBe("batch-7");
        Text(letter, "reason").ShouldBe("RetriesExhausted");
        Text(letter, "description").ShouldNotBeNull().ShouldContain("503");
        Text(letter, "destination").ShouldBe(receiver.Url().ToString());
        letter.GetProperty("attempts").GetInt32().ShouldBe(3);
        letter.GetProperty("sequence").GetInt64().ShouldBeGreaterThan(0);
        letter.GetProperty("dead_lettered_at").GetDateTimeOffset().ShouldBe(DateTimeOffset.UtcNow, TimeSpan.FromMinutes(2));

        var shown = await _harness.RunAsync("dead-letters", "show", letter.GetProperty("sequence").ToString(), "--json");
        shown.ExitCode.ShouldBe(0, shown.Everything());
        var history = shown.Json().GetProperty("history").EnumerateArray().ToList();
        history.Select(attempt => attempt.GetProperty("number").GetInt32()).ShouldBe([1, 2, 3]);
        history.ShouldAllBe(attempt => attempt.GetProperty("status").GetInt32() == 503);
        history.ShouldAllBe(attempt => attempt.GetProperty("duration_ms").GetInt64() >= 0);
        var byId = await _harness.RunAsync("dead-letters", "show", "evt_dead");
        byId.Output.ShouldContain("RetriesExhausted");
        byId.Output.ShouldContain("""{"n":"evt_dead"}""");
    }

    [Fact]
    public async Task Fault_33_and_55_what_is_final_rests_under_its_own_reason()
    {
        await using var gone = new RawReceiver(_ => 410);
        await using var bad = new RawReceiver(_ => 400);
        await _harness.StartWorkerAsync();

        await _harness.AcceptAsync(
            Envelopes.Of("evt_gone", gone.Url(), "fast"),
            Envelopes.Of("evt_bad", bad.Url(), "proposal"),
            Envelopes.Of("evt_secretless", gone.Url(), "fast", "\"secret_ref\":\"config:missing\""));

        var letters = await _harness.UntilDeadAsync(3);
        Reasons(letters).ShouldBe(new Dictionary<string, string>
        {
            ["evt_gone"] = "EndpointGone",
            ["evt_bad"] = "PermanentFailure",
            ["evt_secretless"] = "SecretUnavailable",
        }, ignoreOrder: true);
        gone.Requests.ShouldHaveSingleItem()["webhook-id"].ShouldBe("evt_gone", "never sent unsigned");
        bad.Requests.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Fault_23_24_26_what_cannot_be_reached_is_retried_and_the_cause_is_kept()
    {
        await using var resetting = new RawReceiver(_ => RawReceiver.Reset);
        await using var slow = await Receiver.StartSlowAsync(TimeSpan.FromSeconds(30));
        await _harness.StartWorkerAsync();
        var refusing = new Uri($"http://127.0.0.1:{Harness.FreePort()}/hook");

        await _harness.AcceptAsync(
            Envelopes.Of("evt_refused", refusing, "fast"),
            Envelopes.Of("evt_reset", resetting.Url(), "fast"),
            Envelopes.Of("evt_nowhere", new Uri("http://nowhere.invalid/hook"), "fast"),
            Envelopes.Of("evt_slow", slow.Url(), "fast"));

        var letters = await _harness.UntilDeadAsync(4);
        Reasons(letters).Values.ShouldAllBe(reason => reason == "RetriesExhausted");
        letters.ShouldAllBe(letter => letter.GetProperty("attempts").GetInt32() == 3);
        DescriptionOf(letters, "evt_refused").ShouldContain("Connect");
        DescriptionOf(letters, "evt_reset").ShouldContain("ConnectionLost");
        DescriptionOf(letters, "evt_nowhere").ShouldContain("NameResolution");
        DescriptionOf(letters, "evt_slow").ShouldContain("Timeout");
        slow.Count.ShouldBe(3);
    }

    private static void ShouldCome(TimeSpan waited, TimeSpan scheduled, double jitter) =>
        waited.ShouldBeInRange(scheduled * (1 - jitter) - TimeSpan.FromMilliseconds(20), scheduled * (1 + jitter) + TimeSpan.FromSeconds(1.5));

    private static string? Text(JsonElement letter, string name) => letter.GetProperty(name).GetString();

    private static Dictionary<string, string> Reasons(IEnumerable<JsonElement> letters) => letters.ToDictionary(letter => Text(letter, "id") ?? "", letter => Text(letter, "reason") ?? "");

    private static string DescriptionOf(IEnumerable<JsonElement> letters, string id) => Text(letters.Single(letter => Text(letter, "id") == id), "description") ?? "";
}
