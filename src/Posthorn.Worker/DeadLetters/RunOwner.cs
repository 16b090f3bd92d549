using System.Diagnostics;
using System.Globalization;
using Posthorn.DeadLetters;
using Posthorn.Stores;

namespace Posthorn.Worker.DeadLetters;

/// <summary>Which process works on a run: <c>host/process/start/nonce</c>, so that another one can tell whether it is still alive.</summary>
internal static class RunOwner
{
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(30);

    /// <summary>This process.</summary>
    public static string OfThisProcess()
    {
        using var own = Process.GetCurrentProcess();
        return string.Join('/', Environment.MachineName, Environment.ProcessId.ToString(CultureInfo.InvariantCulture), StartOf(own), RandomIds.Make("", 6));
    }

    /// <summary>Where a run stands: one that says it is running, but whose process is gone, was interrupted.</summary>
    public static RunState StateOf(DeadLetterRun run, DateTimeOffset now) =>
        run.State == RunState.Running && !IsAtWork(run, now) ? RunState.Interrupted : run.State;

    /// <summary>Whether its process is alive: of another machine's, whether it was heard of a moment ago.</summary>
    private static bool IsAtWork(DeadLetterRun run, DateTimeOffset now)
    {
        if (run.Owner.Split('/') is not [var host, var id, var start, _]) return false;
        if (host != Environment.MachineName) return now - run.UpdatedAt < Silence;
        try
        {
            using var process = Process.GetProcessById(int.Parse(id, CultureInfo.InvariantCulture));
            return !process.HasExited && StartOf(process) == start;
        }
        catch (Exception gone) when (gone is ArgumentException or InvalidOperationException or FormatException or OverflowException or System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    /// <summary>When a process started, to the second: a number is given to another process in time.</summary>
    private static string StartOf(Process process) => (process.StartTime.ToUniversalTime().Ticks / TimeSpan.TicksPerSecond).ToString(CultureInfo.InvariantCulture);
}
