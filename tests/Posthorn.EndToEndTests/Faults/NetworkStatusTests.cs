using System.Globalization;

namespace Posthorn.EndToEndTests.Faults;

/// <summary>What a status means, and the wait it asks for.</summary>
public sealed class NetworkStatusTests(NetworkStatusTests.Worker worker) : IClassFixture<NetworkStatusTests.Worker>
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(3);

    [Theory]
    [InlineData("fast", 410, "EndpointGone", 1)]
    [InlineData("strict", 410, "EndpointGone", 1)]
    [InlineData("fast", 400, "RetriesExhausted", 2)]
    [InlineData("fast", 404, "RetriesExhausted", 2)]
    [InlineData("strict", 400, "PermanentFailure", 1)]
    [InlineData("strict", 404, "PermanentFailure", 1)]
    [InlineData("strict", 429, "RetriesExhausted", 2)]
    [InlineData("papr-like", 204, "RetriesExhausted", 2)]
    public async Task Fault_33_a_status_means_what_the_profile_says(string profile, int status, string reason, int attempts)
    {
        await using var receiver = new HostileReceiver(HostileAnswers.Status(status));

        var outcome = await worker.SendAsync($"evt_33_{profile}_{status}", receiver.Url(), profile);

        outcome.Reason.ShouldBe(reason);
        outcome.Attempts.Select(attempt => attempt.StatusCode).ShouldBe(Enumerable.Repeat<int?>(status, attempts));
        receiver.Requests.Count.ShouldBe(attempts);
    }

    [Theory]
    [InlineData(429)]
    [InlineData(503)]
    public async Task Fault_34_a_Retry_After_in_seconds_or_as_a_date_is_honoured(int status)
    {
        await using var seconds = new HostileReceiver(HostileAnswers.InTurn(HostileAnswers.Status(status, "Retry-After: 1\r\n"), HostileAnswers.Status(200)));
        await using var date = new HostileReceiver(HostileAnswers.InTurn(exchange => HostileAnswers.Status(status, $"Retry-After: {InSeconds(2.5)}\r\n")(exchange), HostileAnswers.Status(200)));
        await worker.AcceptAsync(Envelopes.Of($"evt_34_seconds_{status}", seconds.Url(), "fast"), Envelopes.Of($"evt_34_date_{status}", date.Url(), "fast"));

        (await worker.UntilOverAsync($"evt_34_seconds_{status}")).ShouldBeDelivered(attempts: 2);
        (await worker.UntilOverAsync($"evt_34_date_{status}")).ShouldBeDelivered(attempts: 2);

        Wait(seconds).ShouldBeInRange(TimeSpan.FromSeconds(0.99), TimeSpan.FromSeconds(10));
        Wait(date).ShouldBeInRange(TimeSpan.FromSeconds(1.4), TimeSpan.FromSeconds(10), "a date has whole seconds");
    }

    [Theory]
    [InlineData("99999999")]
    [InlineData("Fri, 31 Dec 9999 23:59:59 GMT")]
    public async Task Fault_34_a_huge_Retry_After_is_clamped(string asked)
    {
        await using var receiver = new HostileReceiver(HostileAnswers.InTurn(HostileAnswers.Status(429, $"Retry-After: {asked}\r\n"), HostileAnswers.Status(200)));

        (await worker.SendAsync($"evt_34_{asked.Length}_huge", receiver.Url())).ShouldBeDelivered(attempts: 2);

        Wait(receiver).ShouldBeGreaterThan(LongestWait - TimeSpan.FromSeconds(0.1));
    }

    [Theory]
    [InlineData("-5")]
    [InlineData("soon")]
    [InlineData("1.5")]
    [InlineData("99999999999999999999")]
    [InlineData("")]
    [InlineData("Thu, 21 Mar 2024 15:30:45 GMT")]
    public async Task Fault_34_a_Retry_After_that_is_junk_negative_or_past_changes_nothing(string asked)
    {
        await using var receiver = new HostileReceiver(HostileAnswers.InTurn(HostileAnswers.Status(503, $"Retry-After: {asked}\r\n"), HostileAnswers.Status(200)));

        var outcome = (await worker.SendAsync($"evt_34_{asked.Length}", receiver.Url())).ShouldBeDelivered(attempts: 2);

        outcome.Attempts[0].StatusCode.ShouldBe(503);
        Wait(receiver).ShouldBeLessThan(TimeSpan.FromSeconds(2.5), "the schedule's own tenth of a second");
    }

    [Theory]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(504)]
    public async Task Fault_35_5xx_through_the_schedule_rests_as_RetriesExhausted_with_every_attempt(int status)
    {
        await using var receiver = new HostileReceiver(HostileAnswers.Status(status));

        (await worker.SendAsync($"evt_35_{status}", receiver.Url())).ShouldBeExhausted(status).Attempts.ShouldAllBe(attempt => attempt.Detail == "ok");

        receiver.Requests.Count.ShouldBe(NetworkWorker.Attempts);
        receiver.Requests.Select(request => request["webhook-id"]).Distinct().ShouldBe([$"evt_35_{status}"]);
    }

    [Fact]
    public async Task Fault_35_what_always_fails_rests_as_RetriesExhausted_with_every_attempt()
    {
        await using var receiver = new HostileReceiver(HostileAnswers.Status(503));
        var envelope = Envelopes.Of("evt_35_dead", receiver.Url("/hook?token=hidden"), "fast");
        await worker.AcceptAsync(envelope.Replace("\"type\"", "\"tenant\":\"user_1\",\"subject\":\"batch-7\",\"type\"", StringComparison.Ordinal));

        var letter = (await worker.UntilDeadAsync("evt_35_dead"))["evt_35_dead"];

        new[] { "type", "profile", "tenant", "subject", "reason" }.Select(name => letter.Text(name)).ShouldBe(["test.happened", "fast", "user_1", "batch-7", "RetriesExhausted"]);
        letter.Text("description").ShouldContain("503");
        letter.Text("destination").ShouldBe(receiver.Url().ToString());
        letter.GetProperty("attempts").GetInt32().ShouldBe(2);
        letter.GetProperty("dead_lettered_at").GetDateTimeOffset().ShouldBe(DateTimeOffset.UtcNow, TimeSpan.FromMinutes(2));

        var shown = await worker.Harness.RunAsync("dead-letters", "show", letter.GetProperty("sequence").ToString(), "--json");
        shown.ExitCode.ShouldBe(0, shown.Everything());
        var history = shown.Json().Items("history");
        history.Select(attempt => attempt.GetProperty("number").GetInt32()).ShouldBe([1, 2]);
        history.ShouldAllBe(attempt => attempt.GetProperty("status").GetInt32() == 503 && attempt.GetProperty("duration_ms").GetInt64() >= 0);
        var byId = await worker.Harness.RunAsync("dead-letters", "show", "evt_35_dead");
        byId.Output.ShouldContain("RetriesExhausted");
        byId.Output.ShouldContain("""{"n":"evt_35_dead"}""");
    }

    private static string InSeconds(double seconds) => DateTimeOffset.UtcNow.AddSeconds(seconds).ToString("r", CultureInfo.InvariantCulture);

    private static TimeSpan Wait(HostileReceiver receiver) => receiver.Requests[1].Since(receiver.Requests[0]);

    /// <summary>A worker that follows a <c>Retry-After</c> for three seconds, and has stricter profiles besides.</summary>
    public sealed class Worker : NetworkWorker
    {
        public override ValueTask InitializeAsync()
        {
            Harness.With(
                $"--delivery:maxRetryAfter={LongestWait:c}",
                "--profiles:strict:extends=proposal", "--profiles:strict:retry:delays:0=00:00:00.1", "--profiles:strict:verifiesEndpoints=false",
                "--profiles:papr-like:extends=papr-batch", "--profiles:papr-like:retry:delays:0=00:00:00.1");
            return base.InitializeAsync();
        }
    }
}
