using Posthorn.Benchmarks.Measuring;
using Posthorn.Benchmarks.Reporting;

namespace Posthorn.Benchmarks.Drain;

/// <summary>One worker and the bare loop take turns at the same receiver, in alternating order, so that what grows or wears off in the machine meets both.</summary>
internal sealed class DrainBenchmark(DrainOptions options)
{
    public async Task<DrainReport> RunAsync(CancellationToken cancellation)
    {
        await using var run = await DrainRun.StartAsync(options, cancellation);
        await run.WarmUpAsync(cancellation);
        var rounds = new List<(LoopRun, DrainSide)>();
        for (var round = 1; round <= options.Rounds; round++)
        {
            var isBareFirst = round % 2 != 0;
            var bare = isBareFirst ? await run.RunBareAsync(cancellation) : null;
            var worker = await run.DrainAsync($"r{round}", cancellation);
            bare ??= await run.RunBareAsync(cancellation);
            Report.Note($"round {round}: bare {bare.PerSecond:0} a second; worker {worker.PerSecond:0}, {worker.CpuMicroseconds:0.0} us of processor each");
            rounds.Add((bare, worker));
        }

        return DrainReport.Of(options, run.Bare.InFlight, run.PerDestination, rounds);
    }
}
