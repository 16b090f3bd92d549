using System.Diagnostics;
using Microsoft.Extensions.Time.Testing;

namespace Posthorn.Tests.Support;

/// <summary>Waits until it is so, while a clock that a test holds runs on a little at a time.</summary>
internal static class Waiting
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(1);

    public static async Task RunUntilAsync(this FakeTimeProvider clock, Func<bool> isSo, TimeSpan? step = null)
    {
        for (var waited = Stopwatch.StartNew(); !isSo(); await Task.Delay(Breath))
        {
            waited.Elapsed.ShouldBeLessThan(Patience, "It never came to be so.");
            clock.Advance(step ?? TimeSpan.FromMilliseconds(5));
        }
    }

    public static async Task<T> RunUntilAsync<T>(this FakeTimeProvider clock, Task<T> task, TimeSpan? step = null)
    {
        await clock.RunUntilAsync(() => task.IsCompleted, step);
        return await task;
    }

    public static async Task RunUntilAsync(this FakeTimeProvider clock, Task task, TimeSpan? step = null)
    {
        await clock.RunUntilAsync(() => task.IsCompleted, step);
        await task;
    }

    /// <summary>Lets the clock run for a time, in steps, and the parts that wait on it come along.</summary>
    public static async Task RunAsync(this FakeTimeProvider clock, TimeSpan time, TimeSpan step)
    {
        var end = clock.GetUtcNow() + time;
        await clock.RunUntilAsync(() => clock.GetUtcNow() >= end, step);
    }
}
