using Posthorn.Benchmarks.Measuring;

namespace Posthorn.Benchmarks.Processes;

/// <summary>A worker under measurement.</summary>
internal sealed class WorkerProcess(PosthornProcess process)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public PosthornProcess Process => process;

    /// <summary>Waits until it says that it is up.</summary>
    /// <returns>Whether it is; false is one that ended before.</returns>
    public async Task<bool> IsUpAsync(CancellationToken cancellation)
    {
        await Until.SoAsync(() => Says() || process.HasExited, "the worker is up", Patience, cancellation);
        return Says();
    }

    /// <summary>Waits until it says that it is up.</summary>
    /// <exception cref="BenchmarkException">It ended before.</exception>
    public async Task<WorkerProcess> UpAsync(CancellationToken cancellation) =>
        await IsUpAsync(cancellation) ? this : throw new BenchmarkException($"The worker did not start: exit code {process.ExitCode}.");

    /// <summary>It stands still, with all it has in memory, until <see cref="Thaw"/>.</summary>
    public void Freeze() => process.Signal(Signal.Stop);

    public void Thaw() => process.Signal(Signal.Continue);

    private bool Says() => process.Output.Any(line => line.Contains(" is up", StringComparison.Ordinal));
}
