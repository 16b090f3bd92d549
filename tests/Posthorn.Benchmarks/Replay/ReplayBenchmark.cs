using Posthorn.Benchmarks.Reporting;

namespace Posthorn.Benchmarks.Replay;

/// <summary>Dead letters by the million for an operator at the command line, and by the hundred thousand beside fresh mail.</summary>
internal sealed class ReplayBenchmark(ReplayOptions options)
{
    public async Task<ReplayReport> RunAsync(CancellationToken cancellation)
    {
        var report = new ReplayReport { Messages = options.Messages, Payload = options.Payload, Storm = options.Storm, Rate = options.Rate, Rounds = options.Rounds };
        if (options.Part is ReplayPart.Fill) await FillAsync(cancellation);
        if (options.Part is ReplayPart.All or ReplayPart.Scale) report = await ScaleAsync(report, cancellation);
        if (options.Part is ReplayPart.All or ReplayPart.Fresh) report = report.With(await FreshAsync(cancellation));
        return report;
    }

    private async Task FillAsync(CancellationToken cancellation)
    {
        await using var run = new ScaleRun(options);
        await run.FillAsync(cancellation);
    }

    private async Task<ReplayReport> ScaleAsync(ReplayReport report, CancellationToken cancellation)
    {
        await using var run = new ScaleRun(options);
        return await run.MeasureAsync(report, cancellation);
    }

    /// <summary>Every side on a queue and with a worker of its own; each round begins with another one, so that what grows or wears off in the machine meets all.</summary>
    private async Task<IReadOnlyList<FreshRound>> FreshAsync(CancellationToken cancellation)
    {
        var rounds = new List<FreshRound>();
        for (var round = 0; round < options.Rounds; round++)
        {
            var sides = new FreshSide[3];
            for (var turn = 0; turn < sides.Length; turn++)
            {
                var side = (round + turn) % sides.Length;
                sides[side] = await MeasureAsync(round + 1, isStorm: side > 0, isSameDestination: side > 1, cancellation);
            }

            rounds.Add(new FreshRound(sides[0], sides[1], sides[2]));
        }

        return rounds;
    }

    /// <summary>One side of a round; a storm that was over before the end would count as what it is not.</summary>
    private async Task<FreshSide> MeasureAsync(int round, bool isStorm, bool isSameDestination, CancellationToken cancellation)
    {
        await using var run = await FreshRun.StartAsync(options, isSameDestination, cancellation);
        var side = await run.MeasureAsync(isStorm, cancellation);
        var what = isStorm ? isSameDestination ? "a storm for the same destination" : "a storm" : "no storm";
        Report.Note($"round {round}, {what}: p50 {side.Lateness.P50Ms:0.0} ms, p99 {side.Lateness.P99Ms:0.0} ms, {side.Lateness.Missing} missing, {side.Left} of the dead letters left");
        if (isStorm && side.Left <= 0) throw new BenchmarkException("The storm was over before the fresh mail; give a larger --storm.");
        return side;
    }
}
