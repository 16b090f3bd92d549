using System.ComponentModel;
using System.Diagnostics;
using Posthorn.Benchmarks.Processes;
using Posthorn.Benchmarks.Reporting;

namespace Posthorn.Benchmarks.Drain;

/// <summary>
/// Where a process's processor time goes, sampled by <c>perf</c>: by thread, by module and by function, the kernel's and SQLite's as well
/// as .NET's.
/// </summary>
internal sealed class CpuProfile : IDisposable
{
    private const int SamplesPerSecond = 499; // No divisor of what happens once a millisecond.
    private const int Lines = 50;
    private static readonly string[] Sorts = ["comm", "dso", "symbol"];
    private readonly string _file;
    private readonly Process _perf;

    private CpuProfile(string file, Process perf) => (_file, _perf) = (file, perf);

    /// <summary>What a process is to be started with: it writes down where its compiled methods lie, and they lie in memory that perf takes for such.</summary>
    public static IReadOnlyDictionary<string, string> Environment { get; } = new Dictionary<string, string> { ["DOTNET_PerfMapEnabled"] = "1", ["DOTNET_EnableWriteXorExecute"] = "0" };

    /// <summary>Samples a process from now on.</summary>
    public static CpuProfile Start(int processId, string folder)
    {
        var file = Path.Combine(folder, "perf.data");
        return new CpuProfile(file, Perf(["record", "-q", "-F", $"{SamplesPerSecond}", "-g", "-p", $"{processId}", "-o", file], isOutputWanted: false));
    }

    /// <summary>Ends the sampling, and tells on standard error: each function's own time, and with what it calls. The samples are kept.</summary>
    public async Task TellAsync(CancellationToken cancellation)
    {
        Report.Note($"the samples are {_file}");
        Signals.Send(_perf.Id, Signal.Interrupt);
        await _perf.WaitForExitAsync(cancellation);
        foreach (var sort in Sorts) await TellAsync("own time", ["--no-children", "--sort", sort], cancellation);
        await TellAsync("with what it calls", ["--children", "--sort", "symbol"], cancellation);
    }

    public void Dispose()
    {
        if (!_perf.HasExited) _perf.Kill();
        _perf.Dispose();
    }

    private async Task TellAsync(string what, string[] how, CancellationToken cancellation)
    {
        using var report = Perf(["report", "-i", _file, "--stdio", "-g", "none", .. how], isOutputWanted: true);
        var text = await report.StandardOutput.ReadToEndAsync(cancellation);
        Report.Note($"-- {what}, {how[^1]}");
        foreach (var line in text.Split('\n').Where(line => line.Length > 0 && line[0] != '#').Take(Lines)) Report.Note(Short(line));
    }

    /// <summary>A method by its type and name; its return type, assembly and parameters go.</summary>
    private static string Short(string line)
    {
        var (assembly, name, parameters) = (line.IndexOf('[', line.IndexOf(']') + 1), line.IndexOf("::", StringComparison.Ordinal), line.IndexOf('(', StringComparison.Ordinal));
        if (name < 0 || parameters < name || assembly < 0) return line.TrimEnd();
        var start = line.LastIndexOf(' ', name) + 1;
        return $"{line[..(line.IndexOf(']') + 1)]} {line[start..parameters]}";
    }

    private static Process Perf(string[] args, bool isOutputWanted)
    {
        try
        {
            var start = new ProcessStartInfo("perf", args) { UseShellExecute = false, RedirectStandardOutput = isOutputWanted, RedirectStandardError = true };
            var perf = Process.Start(start) ?? throw new BenchmarkException("perf did not start.");
            perf.BeginErrorReadLine();
            return perf;
        }
        catch (Win32Exception)
        {
            throw new BenchmarkException("--profile needs perf, which is not installed.");
        }
    }
}
