using System.Diagnostics;
using System.Text.Json.Serialization;
using Posthorn.Benchmarks.Measuring;
using Posthorn.Benchmarks.Processes;
using Posthorn.Benchmarks.Reporting;

namespace Posthorn.Benchmarks.Start;

/// <summary>How long a worker takes from before its process is started until it says that it is up, and until the first message of a waiting backlog arrives.</summary>
internal sealed class StartBenchmark(int messages, int rounds)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public async Task<StartReport> RunAsync(CancellationToken cancellation)
    {
        await StartAsync(cancellation); // Once before it counts: programs lie in memory then.
        var starts = new List<StartRound>();
        for (var round = 1; round <= rounds; round++)
        {
            starts.Add(await StartAsync(cancellation));
            Report.Note($"round {round}: ready after {starts[^1].ReadyS} s, first delivery after {starts[^1].FirstDeliveryS} s");
        }

        return StartReport.Of(messages, starts);
    }

    private async Task<StartRound> StartAsync(CancellationToken cancellation)
    {
        await using var bench = new Workbench();
        await using var receiver = await ReceiverProcess.StartLeanAsync();
        await SignedMail.SendAsync(bench, "evt", messages, receiver.Hosts(1), payload: 1024, cancellation);
        var worker = await (await bench.StartWorkerAsync()).UpAsync(cancellation);
        if (!await Until.IsAsync(async () => (await receiver.TallyAsync()).Arrived > 0, Patience, cancellation)) throw new BenchmarkException("Nothing of the backlog arrived.");
        var first = Stopwatch.GetElapsedTime(worker.Process.StartedAt, (await receiver.TallyAsync()).First);
        return new StartRound(Report.Rounded((worker.StartTook ?? TimeSpan.Zero).TotalSeconds), Report.Rounded(first.TotalSeconds));
    }
}

/// <summary>One start, in seconds.</summary>
internal sealed record StartRound(double ReadyS, double FirstDeliveryS);

/// <summary>The medians over the rounds, in seconds.</summary>
internal sealed record StartReport
{
    /// <summary>From before the process is started until it says that it is up.</summary>
    public required double ReadyS { get; init; }

    /// <summary>From before the process is started until the first message of the backlog arrives.</summary>
    public required double FirstDeliveryS { get; init; }

    /// <summary>Messages that wait.</summary>
    public required int Messages { get; init; }

    public required int Rounds { get; init; }

    public required IReadOnlyList<StartRound> EachRound { get; init; }

    public static StartReport Of(int messages, IReadOnlyList<StartRound> rounds) => new()
    {
        ReadyS = Report.Rounded(Samples.Median(rounds.Select(round => round.ReadyS))),
        FirstDeliveryS = Report.Rounded(Samples.Median(rounds.Select(round => round.FirstDeliveryS))),
        Messages = messages,
        Rounds = rounds.Count,
        EachRound = rounds,
    };
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(StartReport))]
internal sealed partial class StartJson : JsonSerializerContext;
