using System.Text.Json.Serialization;
using Posthorn.Benchmarks.Measuring;
using Posthorn.Benchmarks.Reporting;

namespace Posthorn.Benchmarks.Replay;

/// <summary>One round of fresh mail: without a storm, with one, and with one for its own destination.</summary>
internal sealed record FreshRound(FreshSide Without, FreshSide With, FreshSide Same);

/// <summary>One round's own figures.</summary>
internal sealed record FreshFigures(double FreshP50Ms, double FreshP99Ms, double StormP50Ms, double StormP99Ms, int StormLeft, double SameDestinationP50Ms, double SameDestinationP99Ms, int SameDestinationLeft)
{
    public static FreshFigures Of(FreshRound round) => new(
        Report.Rounded(round.Without.Lateness.P50Ms), Report.Rounded(round.Without.Lateness.P99Ms), Report.Rounded(round.With.Lateness.P50Ms), Report.Rounded(round.With.Lateness.P99Ms), round.With.Left,
        Report.Rounded(round.Same.Lateness.P50Ms), Report.Rounded(round.Same.Lateness.P99Ms), round.Same.Left);
}

/// <summary>The figures; those of a part that was not asked for are left out. Seconds are of whole processes, memory is their most, a ratio is the median of the rounds' own ratios.</summary>
internal sealed record ReplayReport
{
    /// <summary>Dead letters that were looked at and put back.</summary>
    public required int Messages { get; init; }

    /// <summary>Bytes of each one's data.</summary>
    public required int Payload { get; init; }

    /// <summary><c>dead-letters stats --json</c>, median over the rounds.</summary>
    public double? StatsS { get; init; }

    /// <summary>Its memory in MB, median over the rounds.</summary>
    public double? StatsRssMb { get; init; }

    /// <summary><c>profiles list --json</c>, which opens no queue.</summary>
    public double? StartS { get; init; }

    /// <summary><c>dead-letters list --json</c>: the newest 50.</summary>
    public double? ListS { get; init; }

    /// <summary>How much longer that takes than to start; not below 0.</summary>
    public double? ListAfterStartS { get; init; }

    /// <summary><c>list --where</c> with what fits nothing, so that every payload is read.</summary>
    public double? FilteredListS { get; init; }

    /// <summary><c>dead-letters show</c> of the oldest one by its id, so that all are looked through.</summary>
    public double? FindS { get; init; }

    /// <summary>Dead letters put back a second by <c>dead-letters replay --yes --json</c>.</summary>
    public double? ReplayPerS { get; init; }

    /// <summary>Its memory in MB.</summary>
    public double? ReplayRssMb { get; init; }

    /// <summary>See <see cref="RawMoves"/>.</summary>
    public double? BaselinePerS { get; init; }

    /// <summary>Put back / moved raw.</summary>
    public double? ReplayRatio { get; init; }

    /// <summary>Dead letters that were put back beside fresh mail.</summary>
    public required int Storm { get; init; }

    /// <summary>Fresh mail a second.</summary>
    public required int Rate { get; init; }

    public required int Rounds { get; init; }

    /// <summary>From accepted to the first byte at the receiver, without a storm.</summary>
    public double? FreshP50Ms { get; init; }

    /// <inheritdoc cref="FreshP50Ms"/>
    public double? FreshP99Ms { get; init; }

    /// <summary>From when each was due to be handed over, so that a slow acceptance is in it too; without a storm.</summary>
    public double? FreshDueP99Ms { get; init; }

    /// <summary>The same with a storm for another destination.</summary>
    public double? StormP50Ms { get; init; }

    /// <inheritdoc cref="StormP50Ms"/>
    public double? StormP99Ms { get; init; }

    /// <inheritdoc cref="StormP50Ms"/>
    public double? StormDueP99Ms { get; init; }

    /// <summary>The same with a storm for the fresh mail's own destination.</summary>
    public double? SameDestinationP50Ms { get; init; }

    /// <inheritdoc cref="SameDestinationP50Ms"/>
    public double? SameDestinationP99Ms { get; init; }

    /// <inheritdoc cref="SameDestinationP50Ms"/>
    public double? SameDestinationDueP99Ms { get; init; }

    /// <summary>With a storm / without.</summary>
    public double? FreshP99Ratio { get; init; }

    /// <summary>The same of <see cref="FreshDueP99Ms"/>.</summary>
    public double? FreshDueP99Ratio { get; init; }

    /// <summary>With a storm for its own destination / without.</summary>
    public double? SameDestinationP99Ratio { get; init; }

    /// <summary>The same of <see cref="FreshDueP99Ms"/>.</summary>
    public double? SameDestinationDueP99Ratio { get; init; }

    /// <summary>The fewest of a storm that had not arrived when all fresh mail had.</summary>
    public int? StormLeft { get; init; }

    /// <summary>Fresh mail that had not come when the measurement gave up, over all rounds; it counts as late as it was by then.</summary>
    public int? Missing { get; init; }

    public IReadOnlyList<FreshFigures>? EachRound { get; init; }

    /// <summary>The same with what became of fresh mail.</summary>
    public ReplayReport With(IReadOnlyList<FreshRound> rounds) => this with
    {
        FreshP50Ms = Median(rounds, round => round.Without.Lateness.P50Ms),
        FreshP99Ms = Median(rounds, round => round.Without.Lateness.P99Ms),
        FreshDueP99Ms = Median(rounds, round => round.Without.Lateness.DueP99Ms),
        StormP50Ms = Median(rounds, round => round.With.Lateness.P50Ms),
        StormP99Ms = Median(rounds, round => round.With.Lateness.P99Ms),
        StormDueP99Ms = Median(rounds, round => round.With.Lateness.DueP99Ms),
        SameDestinationP50Ms = Median(rounds, round => round.Same.Lateness.P50Ms),
        SameDestinationP99Ms = Median(rounds, round => round.Same.Lateness.P99Ms),
        SameDestinationDueP99Ms = Median(rounds, round => round.Same.Lateness.DueP99Ms),
        FreshP99Ratio = Median(rounds, round => round.With.Lateness.P99Ms / round.Without.Lateness.P99Ms),
        FreshDueP99Ratio = Median(rounds, round => round.With.Lateness.DueP99Ms / round.Without.Lateness.DueP99Ms),
        SameDestinationDueP99Ratio = Median(rounds, round => round.Same.Lateness.DueP99Ms / round.Without.Lateness.DueP99Ms),
        SameDestinationP99Ratio = Median(rounds, round => round.Same.Lateness.P99Ms / round.Without.Lateness.P99Ms),
        StormLeft = rounds.Min(round => Math.Min(round.With.Left, round.Same.Left)),
        Missing = rounds.Sum(round => round.Without.Lateness.Missing + round.With.Lateness.Missing + round.Same.Lateness.Missing),
        EachRound = [.. rounds.Select(FreshFigures.Of)],
    };

    private static double Median(IEnumerable<FreshRound> rounds, Func<FreshRound, double> of) => Report.Rounded(Samples.Median(rounds.Select(of)));
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ReplayReport))]
internal sealed partial class ReplayJson : JsonSerializerContext;
