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

/// <summary>How late mail came, in milliseconds.</summary>
/// <param name="AfterAcceptance">From when each was accepted to its first byte at the receiver.</param>
/// <param name="AfterDue">From when each was due to be handed over, so that a slow acceptance and a late producer are in it too.</param>
/// <param name="Missing">How many had not come when the measurement gave up: each counts as late as it was by then.</param>
internal sealed record Lateness(IReadOnlyList<double> AfterAcceptance, IReadOnlyList<double> AfterDue, int Missing)
{
    private const double Least = 0.1; // The first byte may come before the producer has read that it was accepted.

    public static Lateness Of(Dictionary<string, (long Due, long Accepted)> sent, Dictionary<string, long> arrived, long now)
    {
        var all = sent.Select(each => (each.Value.Due, each.Value.Accepted, At: arrived.GetValueOrDefault(each.Key, now))).ToList();
        return new Lateness(
            all.ConvertAll(each => Math.Max(Least, Samples.Milliseconds(each.Accepted, each.At))),
            all.ConvertAll(each => Samples.Milliseconds(each.Due, each.At)),
            sent.Keys.Count(id => !arrived.ContainsKey(id)));
    }
}

/// <summary>One round.</summary>
internal sealed record IsolationRound(
    double BaselinePerS, double WithPerS, double BaselineP99Ms, double WithP99Ms, int Unfinished, int Missing, int HangingReached, long HangingLeft)
{
    public static IsolationRound Of(IsolationSide without, IsolationSide with) => new(
        Report.Rounded(without.PerSecond), Report.Rounded(with.PerSecond), Report.Rounded(P99(without.Lateness.AfterAcceptance)), Report.Rounded(P99(with.Lateness.AfterAcceptance)),
        without.Unfinished + with.Unfinished, without.Lateness.Missing + with.Lateness.Missing, with.Reached, with.Left);

    private static double P99(IEnumerable<double> values) => Samples.Percentile(values, 99);
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
            P99Ratio = Of(rounds, round => P99(round.With) / P99(round.Without)),
            DueP99Ratio = Of(rounds, round => DueP99(round.With) / DueP99(round.Without)),
            BaselinePerS = Of(rounds, round => round.Without.PerSecond),
            WithPerS = Of(rounds, round => round.With.PerSecond),
            BaselineP50Ms = Of(rounds, round => Samples.Percentile(round.Without.Lateness.AfterAcceptance, 50)),
            WithP50Ms = Of(rounds, round => Samples.Percentile(round.With.Lateness.AfterAcceptance, 50)),
            BaselineP99Ms = Of(rounds, round => P99(round.Without)),
            WithP99Ms = Of(rounds, round => P99(round.With)),
            BaselineDueP99Ms = Of(rounds, round => DueP99(round.Without)),
            WithDueP99Ms = Of(rounds, round => DueP99(round.With)),
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

    private static double P99(IsolationSide side) => Samples.Percentile(side.Lateness.AfterAcceptance, 99);

    private static double DueP99(IsolationSide side) => Samples.Percentile(side.Lateness.AfterDue, 99);

    private static double Of(IEnumerable<(IsolationSide Without, IsolationSide With)> rounds, Func<(IsolationSide Without, IsolationSide With), double> of) =>
        Report.Rounded(Samples.Median(rounds.Select(of)));
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(IsolationReport))]
internal sealed partial class IsolationJson : JsonSerializerContext;
