using Posthorn.EndToEndTests.DeadLetters;

namespace Posthorn.EndToEndTests.Faults;

/// <summary>Replays of many: run twice, and of what still fails.</summary>
[Collection(Alone.Name)]
public sealed class OperationsReplayTests : IAsyncLifetime
{
    private readonly Harness _harness = new();

    public ValueTask InitializeAsync()
    {
        _harness.Environment["LOG_LEVEL"] = "Error";
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Fact]
    public async Task Fault_59_a_hundred_thousand_replayed_twice_arrive_once_paced_while_fresh_mail_flows()
    {
        const int Letters = 100_000;
        await using var storm = await Receiver.StartAsync();
        await using var fresh = await Receiver.StartAsync();
        storm.KeepsBodies = false;
        await _harness.BuryAsync(Burial.Letters("evt", Letters, storm.Url()));
        await _harness.StartWorkerAsync();

        var paced = await _harness.RunAsync("dead-letters", "replay", "--yes", "--json", "--rate", "500/s", "--limit", "1000");
        paced.ExitCode.ShouldBe(0, paced.Everything());
        var replays = new[] { 1, 2 }.Select(_ => _harness.Start("dead-letters", "replay", "--yes", "--json")).ToList();
        await Harness.UntilAsync(() => storm.Count > 2_000, "the storm has begun", _harness.DescribeProcesses);
        var waits = new List<double>();
        for (var n = 1; n <= 40; n++) waits.Add(await FreshAsync(fresh, n));
        foreach (var replay in replays) await replay.WaitForExitAsync(TimeSpan.FromMinutes(2));

        storm.Count.ShouldBeLessThan(Letters, "or the mail that flowed had nothing to stand against");
        waits.Order().ElementAt(waits.Count / 2).ShouldBeLessThan(250, "milliseconds");
        replays.Sum(replay => replay.JsonLines()[^1].Long("replayed")).ShouldBe(Letters - 1000);
        await _harness.UntilQueueIsEmptyAsync(TimeSpan.FromMinutes(3));
        storm.Ids.Count.ShouldBe(Letters);
        storm.Ids.Distinct().Count().ShouldBe(Letters);
    }

    [Fact]
    public async Task Fault_60_what_still_fails_is_dead_again_and_goes_round_once()
    {
        const int Letters = 300;
        await using var receiver = await Receiver.StartAsync((_, _) => Task.FromResult(410));
        await _harness.BuryAsync(Burial.Letters("evt", Letters, receiver.Url()));
        await _harness.StartWorkerAsync();

        var replay = await _harness.RunAsync("dead-letters", "replay", "--yes", "--json", "--stop-at", "off", "--wait", "00:00:40");

        replay.ExitCode.ShouldBe(1, "they failed again, and it was asked to wait for that");
        var outcome = replay.JsonLines()[^1];
        (outcome.Text("status"), outcome.Long("replayed"), outcome.Long("failed_again"), outcome.Long("delivered")).ShouldBe(("completed", Letters, Letters, 0));
        receiver.Count.ShouldBe(Letters);
        var again = _harness.Copies();
        again.ShouldAllBe(copy => copy.IsDead && copy.Replays == 1);
        again.Count.ShouldBe(Letters);
        (await _harness.RunAsync("dead-letters", "list", "--run", outcome.Text("run"), "--limit", "1000", "--json")).JsonLines().Count.ShouldBe(Letters, "that is how one asks whether it worked");
    }

    /// <summary>How long one envelope takes from its acceptance, in milliseconds.</summary>
    private async Task<double> FreshAsync(Receiver fresh, int n)
    {
        await _harness.AcceptAsync(Envelopes.Of($"fresh_{n}", fresh.Url()));
        var accepted = System.Diagnostics.Stopwatch.GetTimestamp();
        await Harness.UntilAsync(() => fresh.Count >= n, "fresh mail flows", _harness.DescribeProcesses);
        return Math.Max(0, System.Diagnostics.Stopwatch.GetElapsedTime(accepted, fresh.Requests[n - 1].At).TotalMilliseconds);
    }
}
