using Posthorn.Benchmarks.Reporting;

namespace Posthorn.Benchmarks.Isolation;

/// <summary>
/// The same worker, in a process of its own each time, without and with destinations that never answer; in alternating order, so that
/// what grows or wears off in the machine meets both.
/// </summary>
internal sealed class IsolationBenchmark(IsolationOptions options)
{
    public async Task<IsolationReport> RunAsync(CancellationToken cancellation)
    {
        var rounds = new List<(IsolationSide, IsolationSide)>();
        for (var round = 1; round <= options.Rounds; round++)
        {
            var first = await MeasureAsync(round, isWith: round % 2 == 0, cancellation);
            var second = await MeasureAsync(round, isWith: round % 2 != 0, cancellation);
            rounds.Add(round % 2 == 0 ? (second, first) : (first, second));
        }

        return IsolationReport.Of(options, rounds);
    }

    /// <summary>One side of a round; one that had nothing to disturb it at its end would count as what it is not.</summary>
    private async Task<IsolationSide> MeasureAsync(int round, bool isWith, CancellationToken cancellation)
    {
        var hanging = isWith ? options.Hanging : 0;
        await using var run = await IsolationRun.StartAsync(options, hanging, cancellation);
        var side = await run.MeasureAsync(cancellation);
        Report.Note($"round {round}, {hanging} hanging: {side.PerSecond:0} a second, p99 {side.Lateness.P99Ms:0.0} ms, {side.Unfinished} unfinished, {side.Lateness.Missing} missing, {side.Reached} reached, {side.Left} left");
        if (isWith && (side.Reached == 0 || side.Left == 0)) throw new BenchmarkException("The hanging destinations had no mail left before the end; give them a larger --backlog.");
        return side;
    }
}
