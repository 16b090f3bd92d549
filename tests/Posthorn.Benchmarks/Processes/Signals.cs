using System.Runtime.InteropServices;

namespace Posthorn.Benchmarks.Processes;

/// <summary>A signal that .NET cannot send.</summary>
internal enum Signal
{
    /// <summary>SIGINT: what Ctrl+C sends.</summary>
    Interrupt,

    /// <summary>SIGTERM: end in good order.</summary>
    Terminate,

    /// <summary>SIGSTOP: stand still.</summary>
    Stop,

    /// <summary>SIGCONT: go on.</summary>
    Continue,
}

/// <summary>Sends signals.</summary>
internal static class Signals
{
    /// <summary>Sends it; a process that is gone does not mind.</summary>
    public static void Send(int processId, Signal signal) => _ = Kill(processId, NumberOf(signal));

    /// <summary>The numbers of Linux and macOS; those that stop and continue differ.</summary>
    private static int NumberOf(Signal signal) => signal switch
    {
        Signal.Interrupt => 2,
        Signal.Terminate => 15,
        Signal.Stop => OperatingSystem.IsMacOS() ? 17 : 19,
        Signal.Continue => OperatingSystem.IsMacOS() ? 19 : 18,
        _ => throw new ArgumentOutOfRangeException(nameof(signal), signal, message: null),
    };

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int processId, int signal);
}
