using System.Text.Json.Serialization;
using Posthorn.Benchmarks.Measuring;
using Posthorn.Benchmarks.Reporting;

namespace Posthorn.Benchmarks.Isolation;

/// <summary>What one worker did, without or with the hanging destinations.</summary>
internal sealed record IsolationSide
{
    /// <summary>Healthy deliveries a second, from the moment the backlog was there to the last of it.</summary>
    public required double PerSecond { get; init; }

    /// <summary>Healthy envelopes of the backlog that had not arrived when the measurement gave up.</summary>
    public required int Unfinished { get; init; }

    /// <summary>How late mail came that arrived at a fixed rate.</summary>
    public required Lateness Lateness { get; init; }

    /// <summary>Hanging destinations that a request came to.</summary>
    public required int Reached { get; init; }

    /// <summary>What was still on the queue at the end.</summary>
    public required long Left { get; init; }
}

/// <summary>One round.</summary>
internal sealed record IsolationRound(
    double BaselinePerS, double WithPerS, double BaselineP99Ms, double WithP99Ms, int Unfinished, int Missing, int HangingReached, long HangingLeft)
{
    public static IsolationRound Of(IsolationSide without, IsolationSide with) => new(
        Report.Rounded(without.PerSecond), Report.Rounded(with.PerSecond), Report.Rounded(without.Lateness.P99Ms), Report.Rounded(with.Lateness.P99Ms),
        without.Unfinished + with.Unfinished, without.Lateness.Missing + with.Lateness.Missing, with.Reached, with.Left);
}

/// <summary>The medians over the rounds. A ratio is the median of the rounds' own ratios, so that what slows both sides of a round is not in it.</summary>
internal sealed record IsolationReport
{
    public required double HealthyRatio { get; init; }

    public required double P99Ratio { get; init; }

    public required double DueP99Ratio { get; init; }

    public required double BaselinePerS { get; init; }

    public required double WithPerS { get; init; }

    public required double BaselineP50Ms { get; init; }

    public required double WithP50Ms { get; init; }

    public required double BaselineP99Ms { get; init; }

    public required double WithP99Ms { get; init; }

    public required double BaselineDueP99Ms { get; init; }

    public required double WithDueP99Ms { get; init; }

    public required int Hanging { get; init; }

    public required int Backlog { get; init; }

    public required int Messages { get; init; }

    public required int Rate { get; init; }

    public required int Rounds { get; init; }

    /// <summary>Over all rounds.</summary>
    public required int Unfinished { get; init; }

    /// <summary>Over all rounds.</summary>
    public required int Missing { get; init; }

    public required IReadOnlyList<IsolationRound> EachRound { get; init; }

    public static IsolationReport Of(IsolationOptions options, IReadOnlyList<(IsolationSide Without, IsolationSide With)> rounds)
    {
        var each = rounds.Select(round => IsolationRound.Of(round.Without, round.With)).ToList();
        return new IsolationReport
        {
            HealthyRatio = Of(rounds, round => round.With.PerSecond / round.Without.PerSecond),
            P99Ratio = Of(rounds, round => round.With.Lateness.P99Ms / round.Without.Lateness.P99Ms),
            DueP99Ratio = Of(rounds, round => round.With.Lateness.DueP99Ms / round.Without.Lateness.DueP99Ms),
            BaselinePerS = Of(rounds, round => round.Without.PerSecond),
            WithPerS = Of(rounds, round => round.With.PerSecond),
            BaselineP50Ms = Of(rounds, round => round.Without.Lateness.P50Ms),
            WithP50Ms = Of(rounds, round => round.With.Lateness.P50Ms),
            BaselineP99Ms = Of(rounds, round => round.Without.Lateness.P99Ms),
            WithP99Ms = Of(rounds, round => round.With.Lateness.P99Ms),
            BaselineDueP99Ms = Of(rounds, round => round.Without.Lateness.DueP99Ms),
            WithDueP99Ms = Of(rounds, round => round.With.Lateness.DueP99Ms),
            Hanging = options.Hanging,
            Backlog = options.Backlog,
            Messages = options.Messages,
            Rate = options.Rate,
            Rounds = options.Rounds,
            Unfinished = each.Sum(round => round.Unfinished),
            Missing = each.Sum(round => round.Missing),
            EachRound = each,
        };
    }

    private static double Of(IEnumerable<(IsolationSide Without, IsolationSide With)> rounds, Func<(IsolationSide Without, IsolationSide With), double> of) =>
        Report.Rounded(Samples.Median(rounds.Select(of)));
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(IsolationReport))]
internal sealed partial class IsolationJson : JsonSerializerContext;
