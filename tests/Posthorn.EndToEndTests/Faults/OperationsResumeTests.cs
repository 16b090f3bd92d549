using System.Text.Json;
using Posthorn.Diagnostics;
using Posthorn.EndToEndTests.DeadLetters;
using Posthorn.Sqlite;

namespace Posthorn.EndToEndTests.Faults;

/// <summary>Replays that are killed and resumed.</summary>
public sealed class OperationsResumeTests : IAsyncLifetime
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

    private async Task<JsonElement> RunsAsync() => (await _harness.RunAsync("dead-letters", "runs", "--json")).Json();

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
