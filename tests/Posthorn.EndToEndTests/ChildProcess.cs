using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace Posthorn.EndToEndTests;

/// <summary>One real process, with all it said.</summary>
public class ChildProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(45);
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _errors = new();
    private readonly string _commandLine;

    /// <param name="start">What is started; nothing is inherited but the path.</param>
    /// <param name="environment">Its environment.</param>
    /// <param name="commandLine">How it is called in what a failed test shows.</param>
    public ChildProcess(ProcessStartInfo start, IReadOnlyDictionary<string, string> environment, string commandLine)
    {
        ArgumentNullException.ThrowIfNull(start);
        ArgumentNullException.ThrowIfNull(environment);
        _commandLine = commandLine;
        start.UseShellExecute = false;
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        start.Environment.Clear();
        start.Environment["PATH"] = Environment.GetEnvironmentVariable("PATH");
        start.Environment["HOME"] = start.WorkingDirectory;
        foreach (var (name, value) in environment) start.Environment[name] = value;

        _process = Process.Start(start) ?? throw new InvalidOperationException($"{start.FileName} did not start.");
        _process.OutputDataReceived += (_, line) => Append(_output, line.Data);
        _process.ErrorDataReceived += (_, line) => Append(_errors, line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        AppDomain.CurrentDomain.ProcessExit += KillAtExit;
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    public string Output => Read(_output);

    public string Errors => Read(_errors);

    public StreamWriter Input => _process.StandardInput;

    public string Everything() => $"$ {_commandLine}\n{(HasExited ? $"exit code {ExitCode}" : "running")}\n{Tail(Output)}\n{Tail(Errors)}";

    /// <summary>Its complete JSON lines; one that a kill cut short is left out.</summary>
    public IReadOnlyList<JsonElement> JsonLines() => [.. Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(TryParse).OfType<JsonElement>()];

    public JsonElement Json() => JsonLines().ShouldHaveSingleItem(Everything());

    public async Task KillAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await WaitForExitAsync(Patience);
    }

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
        GC.SuppressFinalize(this);
    }

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
