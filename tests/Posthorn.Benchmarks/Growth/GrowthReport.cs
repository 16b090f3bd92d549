using System.Text.Json.Serialization;
using Posthorn.Benchmarks.Drain;
using Posthorn.Benchmarks.Measuring;
using Posthorn.Benchmarks.Reporting;

namespace Posthorn.Benchmarks.Growth;

/// <summary>What was measured at one size.</summary>
internal sealed record GrowthStep
{
    /// <summary>Messages of the backlog, or its destinations.</summary>
    public required int Size { get; init; }

    /// <summary>The median over the rounds.</summary>
    public required double DeliveriesPerS { get; init; }

    /// <summary>The bare loop for as many destinations, the median over the rounds.</summary>
    public double? BarePerS { get; init; }

    /// <summary>The most memory that the worker ever had.</summary>
    public required double RssMb { get; init; }

    public required double CpuUsPerDelivery { get; init; }

    public required int Rounds { get; init; }

    public static GrowthStep Of(int size, IReadOnlyList<DrainSide> sides, IReadOnlyList<LoopRun> bares) => new()
    {
        Size = size,
        DeliveriesPerS = Report.Rounded(Samples.Median(sides.Select(side => side.PerSecond))),
        BarePerS = bares.Count == 0 ? null : Report.Rounded(Samples.Median(bares.Select(bare => bare.PerSecond))),
        RssMb = Report.Rounded(sides.Max(side => side.RssMegabytes)),
        CpuUsPerDelivery = Report.Rounded(Samples.Median(sides.Select(side => side.CpuMicroseconds))),
        Rounds = sides.Count,
    };
}

/// <summary>How much of the speed at the smallest size is left at the largest.</summary>
internal sealed record GrowthReport
{
    /// <summary>Deliveries a second with the longest backlog / with the shortest.</summary>
    public required double BacklogRatio { get; init; }

    /// <summary>The worker's memory with the longest backlog.</summary>
    public required double BacklogRssMb { get; init; }

    /// <summary>Deliveries a second to the most destinations / to the fewest.</summary>
    public required double DestinationsRatio { get; init; }

    /// <summary>The bare loop's requests a second to the most destinations / to the fewest: what is the machine's.</summary>
    public required double BareDestinationsRatio { get; init; }

    /// <summary>The worker's memory with the most destinations.</summary>
    public required double DestinationsRssMb { get; init; }

    public required int Messages { get; init; }

    public required int Payload { get; init; }

    public required IReadOnlyList<GrowthStep> Backlogs { get; init; }

    public required IReadOnlyList<GrowthStep> Destinations { get; init; }

    public static GrowthReport Of(GrowthOptions options, IReadOnlyList<GrowthStep> backlogs, IReadOnlyList<GrowthStep> destinations) => new()
    {
        BacklogRatio = LastToFirst(backlogs, step => step.DeliveriesPerS),
        BacklogRssMb = backlogs[^1].RssMb,
        DestinationsRatio = LastToFirst(destinations, step => step.DeliveriesPerS),
        BareDestinationsRatio = LastToFirst(destinations, step => step.BarePerS ?? 0),
        DestinationsRssMb = destinations[^1].RssMb,
        Messages = options.Drain.Messages,
        Payload = options.Drain.Payload,
        Backlogs = backlogs,
        Destinations = destinations,
    };

    private static double LastToFirst(IReadOnlyList<GrowthStep> steps, Func<GrowthStep, double> of) => Report.Rounded(of(steps[^1]) / of(steps[0]));
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(GrowthReport))]
internal sealed partial class GrowthJson : JsonSerializerContext;
