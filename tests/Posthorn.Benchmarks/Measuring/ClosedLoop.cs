using System.Diagnostics;

namespace Posthorn.Benchmarks.Measuring;

/// <summary>So many callers, each of which goes on when its last call is answered: what there is to be had when all wait for it.</summary>
internal static class ClosedLoop
{
    /// <summary>Makes all calls.</summary>
    /// <param name="callers">How many are under way at once.</param>
    /// <param name="calls">How many there are.</param>
    /// <param name="callAsync">Makes the n-th, from 0.</param>
    /// <param name="cancellation">Stops it.</param>
    public static async Task<LoopRun> RunAsync(int callers, int calls, Func<int, Task> callAsync, CancellationToken cancellation)
    {
        var took = new double[calls];
        var next = -1;
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(CallAsync, cancellation)));
        return new LoopRun(calls / Stopwatch.GetElapsedTime(started).TotalSeconds, Samples.Percentile(took, 50), Samples.Percentile(took, 99));

        async Task CallAsync()
        {
            for (var n = Interlocked.Increment(ref next); n < calls; n = Interlocked.Increment(ref next))
            {
                cancellation.ThrowIfCancellationRequested();
                var start = Stopwatch.GetTimestamp();
                await callAsync(n);
                took[n] = Samples.Milliseconds(start, Stopwatch.GetTimestamp());
            }
        }
    }
}

/// <summary>What a loop did.</summary>
/// <param name="PerSecond">Calls a second.</param>
/// <param name="P50Ms">How long one took, in milliseconds.</param>
/// <param name="P99Ms">The 99th percentile of it.</param>
internal sealed record LoopRun(double PerSecond, double P50Ms, double P99Ms);
