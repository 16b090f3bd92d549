namespace Posthorn.EndToEndTests.Faults;

/// <summary>A secret that is not there: the envelope waits for it, and nothing leaves unsigned.</summary>
public sealed class OperationsSecretTests : IAsyncLifetime
{
    private const string Secret = "your-secret-key";
    private readonly Harness _harness = new Harness().WithFastProfile("00:00:00.3", "00:00:00.3").With("--profiles:fast:extends=papr-batch");

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Fact]
    public async Task Fault_55_a_secret_that_is_missing_is_waited_for_through_the_whole_schedule_and_nothing_is_sent_unsigned()
    {
        await using var receiver = new RawReceiver();
        await _harness.StartWorkerAsync();

        await _harness.AcceptAsync(
            Envelopes.Of("evt_secret", receiver.Url(), "fast", "\"secret_ref\":\"config:missing\""),
            Envelopes.Of("evt_token", receiver.Url(), "fast", $"\"secret\":\"{Secret}\",\"bearer_token_ref\":\"config:missing\""));

        var letters = await _harness.UntilDeadAsync(2);
        letters.ShouldAllBe(letter => letter.GetProperty("reason").GetString() == "SecretUnavailable");
        letters.ShouldAllBe(letter => letter.GetProperty("attempts").GetInt32() == 3);
        letters.ShouldAllBe(letter => letter.Text("description").Contains("secrets:missing", StringComparison.Ordinal));
        receiver.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task Fault_55_a_secret_that_comes_while_it_is_waited_for_signs_the_next_attempt()
    {
        await using var receiver = new RawReceiver();
        var patient = new[] { "--profiles:fast:retry:delays:0=00:00:00.2", "--profiles:fast:retry:delays:1=00:00:05" };
        var without = await _harness.StartWorkerAsync(patient);
        await _harness.AcceptAsync(Envelopes.Of("evt_late", receiver.Url(), "fast", "\"secret_ref\":\"config:late\""));
        await Harness.UntilAsync(() => without.Output.Split("evt_late").Length > 2, "it was tried twice", without.Everything);
        await without.TerminateAsync();
        receiver.Requests.ShouldBeEmpty();

        _harness.Environment["secrets__late"] = Secret;
        await _harness.StartWorkerAsync(patient);
        await _harness.UntilQueueIsEmptyAsync();

        receiver.Requests.ShouldHaveSingleItem()["X-Webhook-Secret"].ShouldBe(Secret);
        receiver.Requests[0]["X-Webhook-Signature"].ShouldNotBeNull().ShouldStartWith("sha256=");
    }

    [Fact]
    public async Task Fault_55_when_the_key_ring_is_away_nothing_is_sent_and_when_it_is_back_a_replay_is_signed()
    {
        await using var receiver = new RawReceiver();
        (await _harness.RunAsync("send", _harness.Write("one.json", Envelopes.Of("evt_sealed", receiver.Url(), "fast", $"\"secret\":\"{Secret}\"")))).ExitCode.ShouldBe(0);
        var (ring, away) = (_harness.QueueFile + ".keys", _harness.QueueFile + ".away");
        Directory.Move(ring, away);

        var blind = await _harness.StartWorkerAsync();
        var letter = (await _harness.UntilDeadAsync(1)).ShouldHaveSingleItem();
        letter.Text("reason").ShouldBe("SecretUnavailable");
        receiver.Requests.ShouldBeEmpty();
        await blind.TerminateAsync();

        Directory.Delete(ring, recursive: true);
        Directory.Move(away, ring);
        await _harness.StartWorkerAsync();
        await _harness.CallAsync("POST /api/dead-letters/replay", $$"""{"sequences":[{{letter.GetProperty("sequence")}}]}""");
        await Harness.UntilAsync(() => receiver.Requests.Count == 1, "the replay arrives", _harness.DescribeProcesses);
        receiver.Requests[0]["X-Webhook-Secret"].ShouldBe(Secret);
    }
}
