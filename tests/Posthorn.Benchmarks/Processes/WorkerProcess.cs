using System.Diagnostics;
using Posthorn.Benchmarks.Measuring;

namespace Posthorn.Benchmarks.Processes;

/// <summary>A worker under measurement.</summary>
internal sealed class WorkerProcess(PosthornProcess process)
{
    private const string Up = " is up";
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

    /// <summary>How long it took from its start until it said that it is up; null while it has not.</summary>
    public TimeSpan? StartTook => process.WhenSaid(Up) is { } at ? Stopwatch.GetElapsedTime(process.StartedAt, at) : null;

    private bool Says() => process.WhenSaid(Up) is not null;
}
