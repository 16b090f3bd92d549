using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace Posthorn.Benchmarks.Processes;

/// <summary>One real <c>posthorn</c> process; all it says is in its log file.</summary>
internal sealed class PosthornProcess : IAsyncDisposable
{
    private static readonly string Executable = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "posthorn.exe" : "posthorn");
    private readonly Process _process;
    private readonly Guardian _guardian;
    private readonly StreamWriter _log;
    private readonly ConcurrentQueue<(string Line, long At)> _output = new();
    private bool _isDisposed;

    public PosthornProcess(string folder, IReadOnlyList<string> args, IReadOnlyDictionary<string, string> environment, string log, Guardian guardian)
    {
        _guardian = guardian;
        _log = new StreamWriter(log);
        var start = new ProcessStartInfo(Executable, args)
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
        start.Environment["DOTNET_ROOT"] = OwnProcess.DotnetRoot;
        foreach (var (name, value) in environment) start.Environment[name] = value;

        StartedAt = Stopwatch.GetTimestamp();
        _process = Process.Start(start) ?? throw new BenchmarkException("posthorn did not start.");
        _process.OutputDataReceived += (_, line) => Note(line.Data, isOutput: true);
        _process.ErrorDataReceived += (_, line) => Note(line.Data, isOutput: false);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    /// <summary>The lines of its standard output so far.</summary>
    public IEnumerable<string> Output => _output.Select(said => said.Line);

    /// <summary>When it was started, on the monotonic clock.</summary>
    public long StartedAt { get; }

    /// <summary>When it first said a line with this in it; null when it has not.</summary>
    public long? WhenSaid(string text) => _output.Where(said => said.Line.Contains(text, StringComparison.Ordinal)).Select(said => (long?)said.At).FirstOrDefault();

    /// <summary>The most memory it has had so far, in bytes (VmHWM of proc(5)); null when it is gone, or where there is no such file.</summary>
    public long? PeakMemory()
    {
        try
        {
            var peak = File.ReadLines($"/proc/{Id}/status").FirstOrDefault(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
            return peak is null ? null : long.Parse(peak.AsSpan("VmHWM:".Length).Trim().TrimEnd("kB "), CultureInfo.InvariantCulture) * 1024;
        }
        catch (IOException)
        {
            return null;
        }
    }

    public Task GuardAsync() => _guardian.GuardAsync(Id);

    /// <summary>As kill -9 does.</summary>
    public void Kill() => _process.Kill();

    public void Signal(Signal signal) => Signals.Send(Id, signal);

    /// <summary>Waits for its end; one that outlasts the patience is still there afterwards.</summary>
    public async Task<bool> EndsWithinAsync(TimeSpan patience, CancellationToken cancellation)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(patience);
        try
        {
            await _process.WaitForExitAsync(deadline.Token);
            return true;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return _process.HasExited;
        }
    }

    /// <summary>Ends it, if it still runs; whoever started it may do so before the <see cref="Workbench"/> does.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, value: true)) return;
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        await _guardian.ForgetAsync(Id);
        _process.Dispose();
        lock (_log) _log.Dispose();
    }

    private void Note(string? line, bool isOutput)
    {
        if (line is null) return;
        if (isOutput) _output.Enqueue((line, Stopwatch.GetTimestamp()));
        lock (_log)
        {
            _log.WriteLine(line);
            _log.Flush(); // It is what is left to read when the benchmark is killed.
        }
    }
}
