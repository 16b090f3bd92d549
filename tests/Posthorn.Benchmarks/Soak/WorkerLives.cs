using Posthorn.Benchmarks.Processes;
using Posthorn.Benchmarks.Reporting;

namespace Posthorn.Benchmarks.Soak;

/// <summary>Starts the worker again and again, and ends it as the plan says.</summary>
internal sealed class WorkerLives(SoakPlan plan, Workbench bench, SoakLedger ledger)
{
    /// <summary>How long a stop may take, beyond <c>delivery:shutdownGrace</c>.</summary>
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(20);

    public int Kills { get; private set; }

    public int AtFailPoints { get; private set; }

    public int Terminations { get; private set; }

    /// <summary>One life after the other, until there is to be no more trouble.</summary>
    public async Task LiveAsync(CancellationToken trouble, CancellationToken cancellation)
    {
        for (var n = 0; !trouble.IsCancellationRequested; n++)
        {
            var life = plan.Life(n);
            await using var process = (await bench.StartWorkerAsync(life.FailPoints)).Process;
            if (await new WorkerProcess(process).IsUpAsync(cancellation)) await process.EndsWithinAsync(life.Length, cancellation);
            await EndAsync(n, life, process, cancellation);
        }
    }

    private async Task EndAsync(int n, WorkerLife life, PosthornProcess process, CancellationToken cancellation)
    {
        if (process.HasExited) NoteOwnEnd(n, life, process);
        else if (life.End is LifeEnd.Terminated) await TerminateAsync(n, process, cancellation);
        else Kill(n, process);
    }

    /// <summary>Only an armed fail point may end it.</summary>
    private void NoteOwnEnd(int n, WorkerLife life, PosthornProcess process)
    {
        (Kills, AtFailPoints) = (Kills + 1, AtFailPoints + 1);
        Report.Note($"life {n}: died at {life.FailPoints}");
        if (life.FailPoints is null) ledger.Note($"life {n}: the worker ended by itself, exit code {process.ExitCode}");
    }

    private void Kill(int n, PosthornProcess process)
    {
        process.Kill();
        Kills++;
        Report.Note($"life {n}: killed");
    }

    private async Task TerminateAsync(int n, PosthornProcess process, CancellationToken cancellation)
    {
        process.Signal(Signal.Terminate);
        Terminations++;
        Report.Note($"life {n}: terminated");
        if (!await process.EndsWithinAsync(StopPatience, cancellation)) ledger.Note($"life {n}: the worker did not stop within {StopPatience} of SIGTERM");
        else if (process.ExitCode != 0) ledger.Note($"life {n}: the worker's exit code after SIGTERM is {process.ExitCode}");
    }
}
