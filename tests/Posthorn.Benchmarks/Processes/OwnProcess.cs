using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Posthorn.Benchmarks.Processes;

/// <summary>Another process of this very executable, talked to by its standard input and output.</summary>
internal static class OwnProcess
{
    /// <summary>Where the runtime of this process is: what an executable needs to start where .NET is not installed for all.</summary>
    public static string DotnetRoot { get; } = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));

    public static Process Start(IReadOnlyList<string> args, bool isOutputWanted)
    {
        var executable = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "Posthorn.Benchmarks.exe" : "Posthorn.Benchmarks");
        var start = new ProcessStartInfo(executable, args) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = isOutputWanted };
        start.Environment["DOTNET_ROOT"] = DotnetRoot;
        return Process.Start(start) ?? throw new BenchmarkException($"{executable} did not start.");
    }
}
