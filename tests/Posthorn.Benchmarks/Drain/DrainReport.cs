using System.Text.Json.Serialization;
using Posthorn.Benchmarks.Measuring;
using Posthorn.Benchmarks.Reporting;

namespace Posthorn.Benchmarks.Drain;

/// <summary>What the worker did with one backlog.</summary>
internal sealed record DrainSide
{
    /// <summary>Deliveries a second, from the moment the worker may begin to the arrival of the last.</summary>
    public required double PerSecond { get; init; }

    /// <summary>Microseconds of processor that one took, all that the worker did for it included, until it was at rest again.</summary>
    public required double CpuMicroseconds { get; init; }

    /// <summary>The most memory it has had so far, in MB.</summary>
    public required double RssMegabytes { get; init; }

    /// <summary>How long an attempt takes under full load, by the worker's own word on its last thousand, in milliseconds.</summary>
    public required double P50Ms { get; init; }

    /// <summary>The 99th percentile of it.</summary>
    public required double P99Ms { get; init; }

    /// <summary>Requests for what had arrived before.</summary>
    public required int Repeated { get; init; }
}

/// <summary>One round.</summary>
internal sealed record DrainRound(double BarePerS, double DeliveriesPerS, double Ratio, double CpuUsPerDelivery, int Repeated)
{
    public static DrainRound Of(LoopRun bare, DrainSide worker) => new(
        Report.Rounded(bare.PerSecond), Report.Rounded(worker.PerSecond), Report.Rounded(worker.PerSecond / bare.PerSecond), Report.Rounded(worker.CpuMicroseconds), worker.Repeated);
}

/// <summary>The medians over the rounds; the ratio is that of the rounds' own ratios, so that what slows both sides of a round is not in it.</summary>
internal sealed record DrainReport
{
    public required double Ratio { get; init; }

    public required double DeliveriesPerS { get; init; }

    public required double BarePerS { get; init; }

    /// <summary>What the bare loop did best with.</summary>
    public required int BareInFlight { get; init; }

    public required double CpuUsPerDelivery { get; init; }

    /// <summary>The most memory that the worker ever had, in MB.</summary>
    public required double RssMb { get; init; }

    /// <summary>How long an attempt takes under full load.</summary>
    public required double P50Ms { get; init; }

    public required double P99Ms { get; init; }

    /// <summary>How long a request of the bare loop takes.</summary>
    public required double BareP50Ms { get; init; }

    public required double BareP99Ms { get; init; }

    public required int Messages { get; init; }

    public required int Payload { get; init; }

    public required int Destinations { get; init; }

    /// <summary>The most that the worker may have in flight to one destination.</summary>
    public required int PerDestination { get; init; }

    public required int Rounds { get; init; }

    public required IReadOnlyList<DrainRound> EachRound { get; init; }

    public static DrainReport Of(DrainOptions options, int bareInFlight, int perDestination, IReadOnlyList<(LoopRun Bare, DrainSide Worker)> rounds) => new()
    {
        Ratio = Of(rounds, round => round.Worker.PerSecond / round.Bare.PerSecond),
        DeliveriesPerS = Of(rounds, round => round.Worker.PerSecond),
        BarePerS = Of(rounds, round => round.Bare.PerSecond),
        BareInFlight = bareInFlight,
        CpuUsPerDelivery = Of(rounds, round => round.Worker.CpuMicroseconds),
        RssMb = Report.Rounded(rounds.Max(round => round.Worker.RssMegabytes)),
        P50Ms = Of(rounds, round => round.Worker.P50Ms),
        P99Ms = Of(rounds, round => round.Worker.P99Ms),
        BareP50Ms = Of(rounds, round => round.Bare.P50Ms),
        BareP99Ms = Of(rounds, round => round.Bare.P99Ms),
        Messages = options.Messages,
        Payload = options.Payload,
        Destinations = options.Destinations,
        PerDestination = perDestination,
        Rounds = rounds.Count,
        EachRound = [.. rounds.Select(round => DrainRound.Of(round.Bare, round.Worker))],
    };

    private static double Of(IEnumerable<(LoopRun Bare, DrainSide Worker)> rounds, Func<(LoopRun Bare, DrainSide Worker), double> of) =>
        Report.Rounded(Samples.Median(rounds.Select(of)));
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(DrainReport))]
internal sealed partial class DrainJson : JsonSerializerContext;
