using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Posthorn.EndToEndTests;

/// <summary>One real <c>posthorn</c> process.</summary>
public sealed class PosthornProcess(string folder, IReadOnlyList<string> args, IReadOnlyDictionary<string, string> environment, int? openFiles = null, bool isOnTerminal = false)
    : ChildProcess(StartOf(folder, args, openFiles, isOnTerminal), With(environment), $"posthorn {string.Join(' ', args)}")
{
    private const int Sigterm = 15;
    private static readonly string Executable = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "posthorn.exe" : "posthorn");

    /// <summary>The most memory it had resident at once, or has now (<c>VmHWM</c>, <c>VmRSS</c>), in MiB.</summary>
    public long Mebibytes(string field) =>
        long.Parse(File.ReadLines($"/proc/{Id}/status").Single(line => line.StartsWith(field + ':', StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2]) / 1024;

    /// <summary>The descriptors it has open.</summary>
    public int OpenFiles => Directory.GetFileSystemEntries($"/proc/{Id}/fd").Length;

    public async Task<int> TerminateAsync()
    {
        Terminate();
        await WaitForExitAsync(TimeSpan.FromSeconds(45));
        return ExitCode;
    }

    public void Terminate() => Kill(Id, Sigterm).ShouldBe(0);

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int processId, int signal);

    private static ProcessStartInfo StartOf(string folder, IReadOnlyList<string> args, int? openFiles, bool isOnTerminal)
    {
        var (program, words) = (Executable, args);
        if (openFiles is { } most) (program, words) = ("bash", ["-c", $"ulimit -n {most}; exec \"$0\" \"$@\"", Executable, .. args]);
        // What is started in the background, as a build server may start the tests, hands down that Ctrl-C is ignored.
        if (isOnTerminal) (program, words) = ("script", ["-q", "-e", "-c", string.Join(' ', ["exec env --default-signal=INT", Executable, .. args]), "/dev/null"]);
        return new ProcessStartInfo(program, words) { WorkingDirectory = folder };
    }

    private static Dictionary<string, string> With(IReadOnlyDictionary<string, string> environment) =>
        new(environment) { ["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..")) };
}
