using System.Diagnostics;

namespace Posthorn.EndToEndTests.Faults;

/// <summary>A heap of mail for one destination that does not take it.</summary>
[Collection(Alone.Name)]
public sealed class OperationsBacklogTests : IAsyncLifetime
{
    private const int Backlog = 5_000;
    private static readonly TimeSpan Promptly = TimeSpan.FromSeconds(5);
    private readonly Harness _harness = new();

    public ValueTask InitializeAsync()
    {
        _harness.Environment["LOG_LEVEL"] = "Error";
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Fact]
    public async Task Fault_58_thousands_waiting_for_a_hanging_destination_hold_nobody_else_up()
    {
        await using var hanging = await Receiver.StartSlowAsync(TimeSpan.FromMinutes(1));
        await PileUpAsync(hanging.Url());
        await Harness.UntilAsync(() => hanging.Count >= 2, "the hanging one is tried", _harness.DescribeProcesses);

        await OthersArriveAsync();
        hanging.Count.ShouldBeLessThan(100, "it is not flooded either");
    }

    [Fact]
    public async Task Fault_58_thousands_waiting_for_a_dead_destination_hold_nobody_else_up()
    {
        await PileUpAsync(new Uri($"http://127.0.0.1:{Ports.Free()}/hook"));
        await Harness.UntilAsync(async () => (await _harness.QueueCountsAsync()).GetProperty("scheduled").GetInt64() > 0, "the dead one was tried", _harness.DescribeProcesses);

        await OthersArriveAsync();
    }

    private async Task PileUpAsync(Uri url)
    {
        var sent = await _harness.RunAsync("send", _harness.Write("backlog.ndjson", Envelopes.Lines(Envelopes.Ids("old", Backlog), url)));
        sent.ExitCode.ShouldBe(0, sent.Everything());
        await _harness.StartWorkerAsync();
    }

    private async Task OthersArriveAsync()
    {
        await using var healthy = await Receiver.StartAsync();
        var ids = Envelopes.Ids("evt", 100);
        var begin = Stopwatch.GetTimestamp();

        await _harness.AcceptAsync([.. ids.Select(id => Envelopes.Of(id, healthy.Url()))]);
        await Harness.UntilAsync(() => healthy.Count >= 100, "the others arrive", () => $"{healthy.Count} of 100 arrived\n{_harness.DescribeProcesses()}");

        Stopwatch.GetElapsedTime(begin).ShouldBeLessThan(Promptly);
        healthy.Ids.Order(StringComparer.Ordinal).ShouldBe(ids.Order(StringComparer.Ordinal));
        var counts = await _harness.QueueCountsAsync();
        new[] { "active", "scheduled", "locked", "dead" }.Sum(name => counts.GetProperty(name).GetInt64()).ShouldBeInRange(Backlog, Backlog + 100, "nothing of the heap is lost");
    }
}
