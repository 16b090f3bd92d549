using System.Text.Json.Serialization;
using Posthorn.Worker.Api;
using Posthorn.Worker.Api.Answers;

namespace Posthorn.Worker.Telemetry.Top;

/// <summary>What <c>posthorn top</c> shows of one moment; rates are those since the moment before.</summary>
internal sealed record TopLine
{
    public required DateTimeOffset Time { get; init; }

    public required double DeliveredPerS { get; init; }

    public required double RetriedPerS { get; init; }

    public required double DeadLetteredPerS { get; init; }

    public double? P50Ms { get; init; }

    public double? P99Ms { get; init; }

    public required int InFlight { get; init; }

    public required int Lanes { get; init; }

    public required int OpenCircuits { get; init; }

    public long? Active { get; init; }

    public long? Scheduled { get; init; }

    public long? Locked { get; init; }

    public long? Dead { get; init; }

    public double? OldestAgeSeconds { get; init; }

    /// <summary>Those of this worker since it started.</summary>
    public required IReadOnlyDictionary<string, long> DeadLetters { get; init; }

    public required IReadOnlyList<TroubleAnswer> Trouble { get; init; }

    /// <summary>A worker that was started anew between the two counts from 0.</summary>
    public static TopLine Of(TopSample before, TopSample now)
    {
        var seconds = Math.Max((now.Time - before.Time).TotalSeconds, 0.001);
        return new TopLine
        {
            Time = now.Time,
            DeliveredPerS = PerSecond(stats => stats.Delivered),
            RetriedPerS = PerSecond(stats => stats.Retried),
            DeadLetteredPerS = PerSecond(stats => stats.DeadLettered),
            P50Ms = Rounded(now.Stats.P50Ms),
            P99Ms = Rounded(now.Stats.P99Ms),
            InFlight = now.Stats.InFlight,
            Lanes = now.Stats.Lanes,
            OpenCircuits = now.Stats.OpenCircuits,
            Active = now.Queue.Active,
            Scheduled = now.Queue.Scheduled,
            Locked = now.Queue.Locked,
            Dead = now.Queue.Dead,
            OldestAgeSeconds = Rounded(now.Queue.OldestAgeSeconds),
            DeadLetters = now.Stats.DeadLetters,
            Trouble = now.Stats.Trouble,
        };

        double PerSecond(Func<StatsAnswer, long> count) => Math.Round((count(now.Stats) is var all && all < count(before.Stats) ? all : all - count(before.Stats)) / seconds, 1);
    }

    private static double? Rounded(double? number) => number is { } known ? Math.Round(known, 1) : null;
}

/// <summary>What the worker answered at one moment.</summary>
internal sealed record TopSample(DateTimeOffset Time, StatsAnswer Stats, QueueAnswer Queue);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(TopLine))]
internal sealed partial class TopJson : JsonSerializerContext;
