using System.Text.Json.Serialization;
using Posthorn.Benchmarks.Measuring;
using Posthorn.Benchmarks.Reporting;

namespace Posthorn.Benchmarks.Amqp;

/// <summary>The medians over the rounds, of messages a second; a ratio is that of the rounds' own ratios.</summary>
internal sealed record AmqpReport
{
    /// <summary>The API, newline-delimited: <see cref="BatchSize"/> envelopes a request, <see cref="Connections"/> requests at once.</summary>
    public required double ApiBatchPerS { get; init; }

    /// <summary>AMQP from a raw socket: one message a transfer, as many on their way as there is credit for, on <see cref="Connections"/> connections.</summary>
    public required double BarePerS { get; init; }

    /// <summary>The same with <see cref="FrameBatch"/> messages a transfer, as the SDKs' batches have them.</summary>
    public required double BareBatchPerS { get; init; }

    /// <summary>@azure/service-bus: batches as large as the queue takes them; null where it is not installed.</summary>
    public required double? SdkJsBatchPerS { get; init; }

    /// <summary>Why there is no figure of it.</summary>
    public required string? SdkJsMissing { get; init; }

    /// <summary><see cref="BarePerS"/> / <see cref="ApiBatchPerS"/>.</summary>
    public required double Ratio { get; init; }

    /// <summary>The worker's processor time of one message through the API, in microseconds.</summary>
    public required double ApiCpuUs { get; init; }

    /// <summary>The same over AMQP, one message a transfer.</summary>
    public required double BareCpuUs { get; init; }

    public required int Messages { get; init; }

    public required int Payload { get; init; }

    public required int BatchSize { get; init; }

    public required int FrameBatch { get; init; }

    public required int Connections { get; init; }

    public required int Rounds { get; init; }

    public static AmqpReport Of(AmqpBenchmarkOptions options, IReadOnlyList<AmqpRound> rounds, string? missing) => new()
    {
        ApiBatchPerS = Median(rounds, round => round.Api.PerSecond),
        BarePerS = Median(rounds, round => round.Bare.PerSecond),
        BareBatchPerS = Median(rounds, round => round.BareBatch.PerSecond),
        SdkJsBatchPerS = missing is null ? Median(rounds, round => round.Sdk ?? 0) : null,
        SdkJsMissing = missing,
        Ratio = Median(rounds, round => round.Bare.PerSecond / round.Api.PerSecond),
        ApiCpuUs = Median(rounds, round => round.Api.CpuMicroseconds),
        BareCpuUs = Median(rounds, round => round.Bare.CpuMicroseconds),
        Messages = options.Messages,
        Payload = options.Payload,
        BatchSize = options.BatchSize,
        FrameBatch = options.FrameBatch,
        Connections = options.Connections,
        Rounds = rounds.Count,
    };

    private static double Median(IEnumerable<AmqpRound> rounds, Func<AmqpRound, double> of) => Report.Rounded(Samples.Median(rounds.Select(of)));
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(AmqpReport))]
internal sealed partial class AmqpJson : JsonSerializerContext;
