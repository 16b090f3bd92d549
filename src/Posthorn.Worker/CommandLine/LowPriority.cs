using System.ComponentModel;
using System.Diagnostics;

namespace Posthorn.Worker.CommandLine;

/// <summary>Lets the worker of the same machine have the processor first.</summary>
internal static class LowPriority
{
    /// <summary>Takes this thread's priority down, and with it that of the threads that are yet to be made; where that is not allowed it stays as it is.</summary>
    public static void Take()
    {
        try
        {
            using var own = Process.GetCurrentProcess();
            own.PriorityClass = ProcessPriorityClass.BelowNormal;
        }
        catch (Exception refused) when (refused is Win32Exception or InvalidOperationException or PlatformNotSupportedException)
        {
            // It is a kindness, and nothing depends on it.
        }
    }
}
