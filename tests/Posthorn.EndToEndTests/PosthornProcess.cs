using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Posthorn.EndToEndTests;

/// <summary>One real <c>posthorn</c> process, with all it said.</summary>
public sealed class PosthornProcess : IAsyncDisposable
{
    private const int Sigterm = 15;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(45);
    private static readonly string Executable = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "posthorn.exe" : "posthorn");
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _errors = new();
    private readonly string _commandLine;

    public PosthornProcess(string folder, IReadOnlyList<string> args, IReadOnlyDictionary<string, string> environment, int? openFiles = null, bool isOnTerminal = false)
    {
        _commandLine = string.Join(' ', args);
        var (program, words) = (Executable, args);
        if (openFiles is { } most) (program, words) = ("bash", ["-c", $"ulimit -n {most}; exec \"$0\" \"$@\"", Executable, .. args]);
        // What is started in the background, as a build server may start the tests, hands down that Ctrl-C is ignored.
        if (isOnTerminal) (program, words) = ("script", ["-q", "-e", "-c", string.Join(' ', ["exec env --default-signal=INT", Executable, .. args]), "/dev/null"]);
        var start = new ProcessStartInfo(program, words)
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear();
        start.Environment["PATH"] = Environment.GetEnvironmentVariable("PATH");
        start.Environment["HOME"] = folder;
        start.Environment["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        foreach (var (name, value) in environment) start.Environment[name] = value;

        _process = Process.Start(start) ?? throw new InvalidOperationException("posthorn did not start.");
        _process.OutputDataReceived += (_, line) => Append(_output, line.Data);
        _process.ErrorDataReceived += (_, line) => Append(_errors, line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        AppDomain.CurrentDomain.ProcessExit += KillAtExit;
    }

    public int Id => _process.Id;

    /// <summary>The most memory it had resident at once, or has now (<c>VmHWM</c>, <c>VmRSS</c>), in MiB.</summary>
    public long Mebibytes(string field) =>
        long.Parse(File.ReadLines($"/proc/{_process.Id}/status").Single(line => line.StartsWith(field + ':', StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2]) / 1024;

    /// <summary>The descriptors it has open.</summary>
    public int OpenFiles => Directory.GetFileSystemEntries($"/proc/{_process.Id}/fd").Length;

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    public string Output => Read(_output);

    public string Errors => Read(_errors);

    public StreamWriter Input => _process.StandardInput;

    public string Everything() => $"$ posthorn {_commandLine}\n{(HasExited ? $"exit code {ExitCode}" : "running")}\n{Tail(Output)}\n{Tail(Errors)}";

    /// <summary>Its complete JSON lines; one that a kill cut short is left out.</summary>
    public IReadOnlyList<JsonElement> JsonLines() => [.. Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(TryParse).OfType<JsonElement>()];

    public JsonElement Json() => JsonLines().ShouldHaveSingleItem(Everything());

    public async Task KillAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await WaitForExitAsync(Patience);
    }

    public async Task<int> TerminateAsync()
    {
        Terminate();
        await WaitForExitAsync(Patience);
        return ExitCode;
    }

    public void Terminate() => Kill(_process.Id, Sigterm).ShouldBe(0);

    public async Task WaitForExitAsync(TimeSpan patience)
    {
        using var deadline = new CancellationTokenSource(patience);
        try
        {
            await _process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill();
            Assert.Fail($"It did not end within {patience}.\n{Everything()}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        AppDomain.CurrentDomain.ProcessExit -= KillAtExit;
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int processId, int signal);

    private static JsonElement? TryParse(string line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string Tail(string text) => text.Length <= 6000 ? text : "…" + text[^6000..];

    private static void Append(StringBuilder text, string? line)
    {
        if (line is null) return;
        lock (text) text.Append(line).Append('\n');
    }

    private static string Read(StringBuilder text)
    {
        lock (text) return text.ToString();
    }

    private void KillAtExit(object? sender, EventArgs e) => _process.Kill();
}
