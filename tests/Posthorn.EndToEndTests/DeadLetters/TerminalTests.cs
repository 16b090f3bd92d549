namespace Posthorn.EndToEndTests.DeadLetters;

/// <summary>The tool on a terminal: the question, the bar, and Ctrl-C.</summary>
[Collection(Alone.Name)]
public sealed class TerminalTests : IAsyncLifetime
{
    private const string Script = "/usr/bin/script"; // Of util-linux: runs a command on a terminal of its own.
    private readonly Harness _harness = new();

    public ValueTask InitializeAsync()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists(Script), "needs script of util-linux");
        _harness.Environment["LOG_LEVEL"] = "Error";
        _harness.Environment["TERM"] = "xterm";
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Fact]
    public async Task A_replay_asks_shows_a_bar_and_stops_cleanly_at_ctrl_c()
    {
        await _harness.BuryAsync(Burial.Letters("evt", 500, new Uri("http://localhost:9/hook")));

        var replay = _harness.StartOnTerminal("dead-letters", "replay", "--rate", "20/s");
        await replay.Input.WriteAsync("y\r"); // A terminal keeps it until it is asked for.
        await replay.Input.FlushAsync();
        await Harness.UntilAsync(async () => (await RunsAsync()) is [var begun] && begun.Long("replayed") > 20, "it is under way", replay.Everything);
        await replay.Input.WriteAsync("\u0003");
        await replay.Input.FlushAsync();
        await replay.WaitForExitAsync(TimeSpan.FromSeconds(30));

        replay.ExitCode.ShouldBe(1, replay.Everything());
        foreach (var shown in new[] { "Put 500 dead letters back? [y/N]", " of 500 sent (", "--resume run_" }) replay.Output.ShouldContain(shown);
        var run = (await RunsAsync()).ShouldHaveSingleItem();
        run.Text("status").ShouldBe("interrupted");
        (await _harness.CountsAsync()).ShouldBe((run.Long("replayed"), 500 - run.Long("replayed")));
        run.Long("replayed").ShouldBeInRange(1, 499);
    }

    [Fact]
    public async Task Statistics_have_a_histogram_over_time()
    {
        var now = DateTimeOffset.UtcNow;
        await _harness.BuryAsync(Burial.Letters("evt", 300, new Uri("http://localhost:9/hook")).Index().Select(each => each.Item with { DeadLetteredAt = now.AddMinutes(each.Index - 300) }));

        var stats = _harness.StartOnTerminal("dead-letters", "stats");
        await stats.WaitForExitAsync(TimeSpan.FromSeconds(30));

        stats.Output.ShouldContain("█");
        stats.Output.ShouldContain("a column is ");
    }

    private async Task<IReadOnlyList<System.Text.Json.JsonElement>> RunsAsync() => (await _harness.RunAsync("dead-letters", "runs", "--json")).JsonLines();
}
