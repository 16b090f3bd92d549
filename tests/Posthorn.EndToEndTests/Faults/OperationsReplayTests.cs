using Posthorn.Diagnostics;
using Posthorn.EndToEndTests.DeadLetters;
using Posthorn.Sqlite;

namespace Posthorn.EndToEndTests.Faults;

/// <summary>Replays of many: killed and resumed, run twice, and of what still fails.</summary>
[Collection(Alone.Name)]
public sealed class OperationsReplayTests : IAsyncLifetime
{
    private const int Killed = 128 + 9;
    private readonly Harness _harness = new();

    public ValueTask InitializeAsync()
    {
        _harness.Environment["LOG_LEVEL"] = "Error";
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Theory]
    [InlineData(FailPoint.ReplayNoted)]
    [InlineData(QueuePoints.Replaying)] // In the middle of a batch's transaction, too.
    [InlineData(QueuePoints.Committing)]
    [InlineData(FailPoint.ReplayPutBack)]
    public async Task Fault_6_59_a_replay_killed_again_and_again_and_resumed_puts_every_letter_back_once(string point)
    {
        const int Letters = 900;
        await _harness.BuryAsync(Burial.Letters("evt", Letters, new Uri("http://localhost:9/hook")));
        var run = await KilledAsync($"{point}=kill@{(point == QueuePoints.Replaying ? 250 : 2)}", "--yes", "--operator", "bob");
        foreach (var hit in new[] { 1, 2 }) await KilledAsync($"{point}=kill@{(point == QueuePoints.Replaying ? hit * 90 : hit)}", "--resume", run);
        (await RunsAsync()).Text("status").ShouldBe("interrupted", "its process is dead");

        var last = await _harness.RunAsync("dead-letters", "replay", "--resume", run, "--json");

        last.ExitCode.ShouldBe(0, last.Everything());
        var outcome = last.JsonLines()[^1];
        (outcome.Text("run"), outcome.Long("matched"), outcome.Long("replayed"), outcome.Long("skipped"), outcome.Long("failed")).ShouldBe((run, Letters, Letters, 0, 0));
        var copies = _harness.Copies();
        copies.Select(copy => copy.Id).ShouldBe(Envelopes.Ids("evt", Letters), ignoreOrder: true);
        copies.ShouldAllBe(copy => !copy.IsDead && copy.Replays == 1);
        _harness.ContentsShouldBe(Letters);
        (await _harness.RunAsync("dead-letters", "replay", "--resume", run)).ExitCode.ShouldBe(0, "there is nothing left to do");
        (await RunsAsync()).Text("operator").ShouldBe("bob");
    }

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

    private async Task<System.Text.Json.JsonElement> RunsAsync() => (await _harness.RunAsync("dead-letters", "runs", "--json")).Json();

    /// <summary>A replay that dies at a point; the answer is its run.</summary>
    private async Task<string> KilledAsync(string points, params string[] args)
    {
        _harness.Environment[FailPoint.Variable] = points;
        var replay = await _harness.RunAsync(["dead-letters", "replay", "--json", .. args]);
        _harness.Environment.Remove(FailPoint.Variable);
        replay.ExitCode.ShouldBe(Killed, replay.Everything());
        return replay.Errors.Split(' ').First(word => word.StartsWith("run_", StringComparison.Ordinal));
    }
}
