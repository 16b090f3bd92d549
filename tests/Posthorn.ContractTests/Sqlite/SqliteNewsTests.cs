using System.Diagnostics;
using Posthorn.ContractTests.Queues;
using Posthorn.Queues;

namespace Posthorn.ContractTests.Sqlite;

/// <summary>How a waiting receive learns of what others did, and what the waiting costs. Measured, so nothing else runs meanwhile.</summary>
[Collection(nameof(Measured))]
public sealed class SqliteNewsTests : QueueFacts
{
    private readonly SqliteQueueHarness _harness = new();

    protected override QueueSettings Settings { get; } = new() { RealClock = true };

    [Fact]
    public async Task A_message_of_another_instance_is_seen_within_a_tenth_of_a_second()
    {
        using var other = _harness.OpenSqlite(Settings);
        var delays = new List<TimeSpan>();
        for (var i = 0; i < 9; i++)
        {
            var waiting = Queue.ReceiveAsync(1, Patience, default);
            waiting.IsCompleted.ShouldBeFalse();
            await other.EnqueueAsync([Message($"m{i}")], default);
            var enqueued = Stopwatch.GetTimestamp();
            await (await waiting.WaitAsync(Patience)).ShouldHaveSingleItem().CompleteAsync(default);
            delays.Add(Stopwatch.GetElapsedTime(enqueued));
        }

        delays.Sort();
        delays[delays.Count / 2].ShouldBeLessThan(TimeSpan.FromMilliseconds(100), string.Join(' ', delays));
        delays[^1].ShouldBeLessThan(TimeSpan.FromMilliseconds(500), string.Join(' ', delays));
    }

    [Fact]
    public async Task A_due_message_of_another_instance_ends_the_wait_for_a_later_one()
    {
        using var other = _harness.OpenSqlite(Settings);
        await EnqueueAsync(Message("much later") with { DueAt = Now.AddHours(1) });
        var waiting = Queue.ReceiveAsync(1, Patience, default);
        await other.EnqueueAsync([Message("soon") with { DueAt = Now.AddMilliseconds(150) }], default);

        Ids(await waiting.WaitAsync(TimeSpan.FromSeconds(5))).ShouldBe(["soon"]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    public async Task An_idle_wait_costs_little_processor_time_however_many_wait_that_may_not_come(int replayed)
    {
        await BuryAsync([.. Enumerable.Range(0, replayed).Select(i => $"m{i}")]);
        await ReplayAllAsync(ReplayChanges.None);
        var costs = new List<TimeSpan>();
        for (var i = 0; i < 3 && costs.TrueForAll(cost => cost >= TimeSpan.FromMilliseconds(100)); i++)
        {
            var before = Environment.CpuUsage.TotalTime;
            (await Queue.ReceiveAsync(1, maxReplayed: 0, TimeSpan.FromSeconds(2), default)).ShouldBeEmpty();
            costs.Add(Environment.CpuUsage.TotalTime - before);
        }

        costs.Min().ShouldBeLessThan(TimeSpan.FromMilliseconds(100), string.Join(' ', costs));
    }

    protected override QueueHarness NewHarness() => _harness;
}

/// <summary>Facts that measure: they run after all others, one at a time.</summary>
[CollectionDefinition(nameof(Measured), DisableParallelization = true)]
public sealed class Measured;
