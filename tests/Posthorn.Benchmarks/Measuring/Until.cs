namespace Posthorn.Benchmarks.Measuring;

/// <summary>Waiting until something is so.</summary>
internal static class Until
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50); // Asking is not for free on the cores that are measured.

    /// <summary>Asks again and again until it is so, or until it takes too long.</summary>
    /// <returns>Whether it came to be so.</returns>
    public static async Task<bool> IsAsync(Func<Task<bool>> isSo, TimeSpan patience, CancellationToken cancellation)
    {
        var deadline = DateTime.UtcNow + patience;
        while (!await isSo())
        {
            if (DateTime.UtcNow > deadline) return false;
            await Task.Delay(Pause, cancellation);
        }

        return true;
    }

    /// <summary>Asks again and again until it is so.</summary>
    /// <exception cref="BenchmarkException">It takes too long.</exception>
    public static async Task SoAsync(Func<bool> isSo, string what, TimeSpan patience, CancellationToken cancellation)
    {
        if (!await IsAsync(() => Task.FromResult(isSo()), patience, cancellation)) throw new BenchmarkException($"It did not come to pass within {patience}: {what}.");
    }
}
