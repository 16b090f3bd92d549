using Posthorn.Benchmarks.Measuring;
using Posthorn.Diagnostics;

namespace Posthorn.Benchmarks.Soak;

/// <summary>
/// What is to happen, by the seed alone: how each life of the worker ends, what the producers send, and when a destination is away. (What
/// requests meet is the receiver's <see cref="Receiving.FaultPlan"/>.) How far a run comes in it depends on the machine.
/// </summary>
internal sealed class SoakPlan(int seed)
{
    public const int Destinations = 6;

    /// <summary>The points at which a life may end, and the most hits before it does: a point that is hit for every message is hit often.</summary>
    private static readonly (string Name, int MostHits)[] FailPoints =
    [
        (FailPoint.Leased, 12),
        (FailPoint.Answered, 250),
        (FailPoint.Settled, 250),
    ];

    public int Seed => seed;

    /// <summary>The n-th life of the worker, from 0.</summary>
    public WorkerLife Life(int n)
    {
        var chance = Seeds.Chance(seed, $"life {n}");
        var length = TimeSpan.FromMilliseconds(chance.Next(300, 4000));
        switch (chance.Next(10))
        {
            case < 4: return new WorkerLife(length, LifeEnd.Killed, FailPoints: null);
            case < 6: return new WorkerLife(length, LifeEnd.Terminated, FailPoints: null);
            default:
                var (name, mostHits) = FailPoints[chance.Next(FailPoints.Length)];
                return new WorkerLife(length, LifeEnd.AtFailPoint, $"{name}=kill@{chance.Next(1, mostHits + 1)}");
        }
    }

    /// <summary>The n-th time that a destination is away, from 0.</summary>
    public Outage Outage(int n)
    {
        var chance = Seeds.Chance(seed, $"outage {n}");
        return new Outage(chance.Next(Destinations), After: TimeSpan.FromMilliseconds(chance.Next(500, 4000)), Length: TimeSpan.FromMilliseconds(chance.Next(200, 2500)));
    }

    /// <summary>The n-th batch of a producer, from 0.</summary>
    public SoakBatch Batch(string producer, int most, int n)
    {
        var chance = Seeds.Chance(seed, $"batch {producer} {n}");
        var pause = TimeSpan.FromMilliseconds(chance.Next(10, 10 + (most * 6)));
        var cutShort = chance.Next(5) == 0 ? TimeSpan.FromMilliseconds(chance.Next(100, 1200)) : (TimeSpan?)null;
        return new SoakBatch([.. Enumerable.Range(0, chance.Next(1, most + 1)).Select(i => $"{producer}-{n}-{i}")], pause, cutShort, IsStream: chance.Next(3) == 0);
    }
}

/// <summary>One life of the worker.</summary>
/// <param name="Length">How long after it is up it ends; a fail point may be faster.</param>
/// <param name="End">How.</param>
/// <param name="FailPoints">What is armed.</param>
internal sealed record WorkerLife(TimeSpan Length, LifeEnd End, string? FailPoints);

/// <summary>How a life ends.</summary>
internal enum LifeEnd
{
    /// <summary>By kill -9, at any moment.</summary>
    Killed,

    /// <summary>By SIGTERM.</summary>
    Terminated,

    /// <summary>By itself, as kill -9 does, at a named point; by kill -9 if it does not come there in time.</summary>
    AtFailPoint,
}

/// <summary>A destination refuses connections for a while.</summary>
internal sealed record Outage(int Destination, TimeSpan After, TimeSpan Length);

/// <summary>What a producer sends in one go, again and again until it is accepted.</summary>
/// <param name="Ids">The envelopes.</param>
/// <param name="Pause">Before the next batch.</param>
/// <param name="CutShort">When the producer's first process is killed, if it is one that can be.</param>
/// <param name="IsStream">Whether it goes as lines instead of an array.</param>
internal sealed record SoakBatch(IReadOnlyList<string> Ids, TimeSpan Pause, TimeSpan? CutShort, bool IsStream);
