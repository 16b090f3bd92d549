using System.Diagnostics;

namespace Posthorn.Benchmarks.Measuring;

/// <summary>
/// Sends at fixed times, whatever became of what was sent before. A latency counted from the time a message was due leaves nothing out:
/// neither what a stalled system would have been sent, nor the sender's own lateness (coordinated omission).
/// </summary>
internal static class OpenLoop
{
    /// <summary>The times of so many a second, evenly, for a while.</summary>
    public static IReadOnlyList<TimeSpan> Dues(int rate, TimeSpan duration) =>
        [.. Enumerable.Range(0, (int)(rate * duration.TotalSeconds)).Select(n => TimeSpan.FromSeconds((double)n / rate))];

    /// <summary>Sends each when it is due, and waits until all are answered.</summary>
    /// <param name="dues">From the start, ascending.</param>
    /// <param name="sendAsync">Sends the n-th.</param>
    /// <param name="cancellation">Stops the sending.</param>
    /// <returns>When each was due and when its sending was over, on the monotonic clock.</returns>
    public static async Task<IReadOnlyList<(long Due, long Done)>> RunAsync(IReadOnlyList<TimeSpan> dues, Func<int, Task> sendAsync, CancellationToken cancellation)
    {
        var start = Stopwatch.GetTimestamp() + Ticks(TimeSpan.FromMilliseconds(20));
        var sending = new List<Task<(long, long)>>(dues.Count);
        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var clock = new Thread(() =>
        {
            // A thread of its own: a busy thread pool must not make the arrivals late.
            for (var n = 0; n < dues.Count && !cancellation.IsCancellationRequested; n++)
            {
                var due = start + Ticks(dues[n]);
                while (Stopwatch.GetTimestamp() < due) Thread.Sleep(1);
                var which = n;
                sending.Add(Task.Run(() => SendAsync(due, () => sendAsync(which)), CancellationToken.None));
            }

            over.SetResult();
        })
        { IsBackground = true, Priority = ThreadPriority.AboveNormal };
        clock.Start();
        await over.Task;
        cancellation.ThrowIfCancellationRequested();
        return await Task.WhenAll(sending);
    }

    private static async Task<(long Due, long Done)> SendAsync(long due, Func<Task> sendAsync)
    {
        await sendAsync();
        return (due, Stopwatch.GetTimestamp());
    }

    private static long Ticks(TimeSpan span) => (long)(span.TotalSeconds * Stopwatch.Frequency);
}
