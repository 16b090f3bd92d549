using System.Text.Json.Serialization;
using Posthorn.Benchmarks.Measuring;
using Posthorn.Benchmarks.Reporting;

namespace Posthorn.Benchmarks.Enqueue;

/// <summary>One way in.</summary>
/// <param name="PerS">Envelopes a second.</param>
/// <param name="P50Ms">How long a call took.</param>
/// <param name="P99Ms">The 99th percentile of it.</param>
/// <param name="Ratio">Envelopes a second / rows a second of raw SQLite.</param>
internal sealed record EnqueueWay(double PerS, double P50Ms, double P99Ms, double Ratio);

/// <summary>The medians over the rounds; a ratio is that of the rounds' own ratios.</summary>
internal sealed record EnqueueReport
{
    /// <summary>Rows a second of SQLite by itself.</summary>
    public required double RawPerS { get; init; }

    /// <summary>The API, newline-delimited: <see cref="BatchSize"/> envelopes a request.</summary>
    public required EnqueueWay Batch { get; init; }

    /// <summary>The API, an array: <see cref="BatchSize"/> envelopes a request, all or none.</summary>
    public required EnqueueWay Array { get; init; }

    /// <summary>The API, one envelope a request, <see cref="Clients"/> at once.</summary>
    public required EnqueueWay Single { get; init; }

    /// <summary>The library, one envelope a call.</summary>
    public required EnqueueWay Library { get; init; }

    /// <summary>The library, <see cref="BatchSize"/> envelopes a call.</summary>
    public required EnqueueWay LibraryBatch { get; init; }

    /// <summary><c>posthorn send</c>: a large file from before the process is started to its end; the times are those of a file of one.</summary>
    public required EnqueueWay Send { get; init; }

    /// <summary>At 500 single envelopes a second, which are delivered too: from when each was due to be handed over until it was accepted.</summary>
    [JsonPropertyName("p99_at_500_ms")]
    public required double P99AtRateMs { get; init; }

    /// <summary>Arrivals a second of that, 500 unless another was asked for.</summary>
    public required int Rate { get; init; }

    public required int Clients { get; init; }

    public required int BatchSize { get; init; }

    public required int BatchClients { get; init; }

    public required int Payload { get; init; }

    public required int Rounds { get; init; }

    public static EnqueueReport Of(EnqueueOptions options, IReadOnlyList<EnqueueRound> rounds) => new()
    {
        RawPerS = Of(rounds, round => round.Raw),
        Batch = Way(rounds, round => round.Batch),
        Array = Way(rounds, round => round.Array),
        Single = Way(rounds, round => round.Single),
        Library = Way(rounds, round => round.Library),
        LibraryBatch = Way(rounds, round => round.LibraryBatch),
        Send = Way(rounds, round => round.Send),
        P99AtRateMs = Of(rounds, round => round.P99AtRateMs),
        Rate = options.Rate,
        Clients = options.Clients,
        BatchSize = options.BatchSize,
        BatchClients = options.BatchClients,
        Payload = options.Payload,
        Rounds = rounds.Count,
    };

    private static EnqueueWay Way(IReadOnlyList<EnqueueRound> rounds, Func<EnqueueRound, LoopRun> way) => new(
        Of(rounds, round => way(round).PerSecond), Of(rounds, round => way(round).P50Ms), Of(rounds, round => way(round).P99Ms), Of(rounds, round => way(round).PerSecond / round.Raw));

    private static double Of(IEnumerable<EnqueueRound> rounds, Func<EnqueueRound, double> of) => Report.Rounded(Samples.Median(rounds.Select(of)));
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(EnqueueReport))]
internal sealed partial class EnqueueJson : JsonSerializerContext;
