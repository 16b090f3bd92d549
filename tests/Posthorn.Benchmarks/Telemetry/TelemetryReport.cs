using System.Text.Json.Serialization;
using Posthorn.Benchmarks.Measuring;
using Posthorn.Benchmarks.Reporting;

namespace Posthorn.Benchmarks.Telemetry;

/// <summary>What one worker did.</summary>
/// <param name="PerSecond">Deliveries a second.</param>
/// <param name="CpuMs">Milliseconds of processor that one took, all that the worker did for it included.</param>
/// <param name="Exports">Requests that the endpoint was sent.</param>
internal sealed record TelemetrySide(double PerSecond, double CpuMs, int Exports);

/// <summary>One round.</summary>
internal sealed record TelemetryRound(double OffPerS, double OnPerS, double OffCpuMs, double OnCpuMs, int Exports)
{
    public static TelemetryRound Of(TelemetrySide off, TelemetrySide on) => new(
        Report.Rounded(off.PerSecond), Report.Rounded(on.PerSecond), Report.Rounded(off.CpuMs), Report.Rounded(on.CpuMs), on.Exports);
}

/// <summary>The medians over the rounds; the ratio is that of the rounds' own ratios, so that what slows both sides of a round is not in it.</summary>
internal sealed record TelemetryReport
{
    public required double Ratio { get; init; }

    public required double OffPerS { get; init; }

    public required double OnPerS { get; init; }

    public required double CpuRatio { get; init; }

    public required double OffCpuMs { get; init; }

    public required double OnCpuMs { get; init; }

    public required int Messages { get; init; }

    public required int Rounds { get; init; }

    public required IReadOnlyList<TelemetryRound> EachRound { get; init; }

    public static TelemetryReport Of(int messages, IReadOnlyList<TelemetryRound> rounds) => new()
    {
        Ratio = Report.Rounded(Samples.Median(rounds.Select(round => round.OnPerS / round.OffPerS))),
        OffPerS = Report.Rounded(Samples.Median(rounds.Select(round => round.OffPerS))),
        OnPerS = Report.Rounded(Samples.Median(rounds.Select(round => round.OnPerS))),
        CpuRatio = Report.Rounded(Samples.Median(rounds.Select(round => round.OnCpuMs / round.OffCpuMs))),
        OffCpuMs = Report.Rounded(Samples.Median(rounds.Select(round => round.OffCpuMs))),
        OnCpuMs = Report.Rounded(Samples.Median(rounds.Select(round => round.OnCpuMs))),
        Messages = messages,
        Rounds = rounds.Count,
        EachRound = rounds,
    };
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(TelemetryReport))]
internal sealed partial class TelemetryJson : JsonSerializerContext;
