using System.Text.Json.Serialization;
using Posthorn.Benchmarks.Measuring;
using Posthorn.Benchmarks.Processes;
using Posthorn.Benchmarks.Reporting;

namespace Posthorn.Benchmarks.Latency;

/// <summary>How late mail comes that arrives at a fixed rate, whatever became of the mail before it.</summary>
internal sealed class LatencyBenchmark(int rate, TimeSpan duration, int rounds)
{
    private const int Payload = 1024;

    public async Task<LatencyReport> RunAsync(CancellationToken cancellation)
    {
        await using var bench = new Workbench();
        await using var receiver = await ReceiverProcess.StartAsync(answering: 1);
        await (await bench.StartWorkerAsync()).UpAsync(cancellation);
        using var producer = new Producer(bench.ApiPort);
        var mail = new MailStream(producer, receiver, (id, url) => SignedMail.Of(id, url, Payload));
        for (var warmUp = 0; warmUp < 2; warmUp++) await mail.WarmUpAsync(receiver.Answering[0], rate, $"warm{warmUp}", cancellation);

        var late = new List<Lateness>();
        for (var round = 1; round <= rounds; round++)
        {
            await receiver.ForgetAsync();
            late.Add(await mail.ArriveAsync([.. OpenLoop.Dues(rate, duration).Select((due, n) => new TimedMail(due, $"late_{round}_{n}", receiver.Answering[0]))], cancellation));
            Report.Note($"round {round}: p50 {late[^1].P50Ms:0.00} ms, p99 {late[^1].P99Ms:0.0} ms; from due: p99 {late[^1].DueP99Ms:0.0} ms; {late[^1].Missing} missing");
        }

        return LatencyReport.Of(rate, duration, late);
    }
}

/// <summary>The medians over the rounds, in milliseconds.</summary>
internal sealed record LatencyReport
{
    /// <summary>From accepted to the first byte at the receiver.</summary>
    public required double P50Ms { get; init; }

    /// <inheritdoc cref="P50Ms"/>
    public required double P99Ms { get; init; }

    /// <inheritdoc cref="P50Ms"/>
    public required double P999Ms { get; init; }

    /// <summary>From when each was due to be handed over, so that a slow acceptance and a late producer are in it too.</summary>
    public required double DueP50Ms { get; init; }

    /// <inheritdoc cref="DueP50Ms"/>
    public required double DueP99Ms { get; init; }

    /// <inheritdoc cref="DueP50Ms"/>
    public required double DueP999Ms { get; init; }

    /// <summary>Arrivals a second.</summary>
    public required int Rate { get; init; }

    public required double Seconds { get; init; }

    public required int Rounds { get; init; }

    /// <summary>What had not come when the measurement gave up, over all rounds; it counts as late as it was by then.</summary>
    public required int Missing { get; init; }

    public static LatencyReport Of(int rate, TimeSpan duration, IReadOnlyList<Lateness> rounds) => new()
    {
        P50Ms = Of(rounds, round => round.P50Ms),
        P99Ms = Of(rounds, round => round.P99Ms),
        P999Ms = Of(rounds, round => round.P999Ms),
        DueP50Ms = Of(rounds, round => round.DueP50Ms),
        DueP99Ms = Of(rounds, round => round.DueP99Ms),
        DueP999Ms = Of(rounds, round => round.DueP999Ms),
        Rate = rate,
        Seconds = duration.TotalSeconds,
        Rounds = rounds.Count,
        Missing = rounds.Sum(round => round.Missing),
    };

    private static double Of(IEnumerable<Lateness> rounds, Func<Lateness, double> of) => Report.Rounded(Samples.Median(rounds.Select(of)));
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(LatencyReport))]
internal sealed partial class LatencyJson : JsonSerializerContext;
