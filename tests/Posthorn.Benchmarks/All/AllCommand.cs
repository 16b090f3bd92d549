using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Posthorn.Benchmarks.Processes;
using Posthorn.Benchmarks.Reporting;

namespace Posthorn.Benchmarks.All;

/// <summary><c>all</c>: every benchmark, one after the other, each in a process of its own, in one report.</summary>
internal static class AllCommand
{
    private static readonly (string Name, string Args, string Quick)[] Benchmarks =
    [
        ("drain_1", "drain", "drain --quick"),
        ("drain_16", "drain --per-destination 16", "drain --per-destination 16 --quick"),
        ("drain_100", "drain --destinations 100", "drain --destinations 100 --quick"),
        ("enqueue", "enqueue", "enqueue --quick"),
        ("amqp", "amqp", "amqp --quick"),
        ("latency", "latency", "latency --quick"),
        ("growth", "growth", "growth --quick"),
        ("start", "start", "start --quick"),
        ("isolation", "isolation", "isolation --messages 2000 --seconds 2 --rounds 1"),
        ("telemetry", "telemetry", "telemetry --messages 1000 --rounds 1"),
        ("replay", "replay", "replay --messages 10000 --storm 2000 --seconds 3 --rounds 1"),
        ("soak", "soak", "soak --seconds 4 --seed 2848"),
        ("micro", "micro", "micro --quick"),
    ];

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };
    private static readonly Option<FileInfo> Json = new("--json") { Description = "The report", Required = true, HelpName = "FILE" };
    private static readonly Option<string[]> Only = new("--only") { Description = "These of them", AllowMultipleArgumentsPerToken = true, HelpName = "NAME" };
    private static readonly Option<bool> Quick = QuickOption.Create();

    public static Command Create()
    {
        Only.AcceptOnlyFromAmong([.. Benchmarks.Select(each => each.Name)]);
        var command = new Command("all", "Every benchmark, in one report") { Json, Only, Quick };
        command.SetAction((parsed, cancellation) => RunAsync(parsed.GetRequiredValue(Json).FullName, parsed.GetValue(Only) ?? [], parsed.GetValue(Quick), cancellation));
        return command;
    }

    /// <summary>What was measured is in the file at any time; a benchmark that fails costs the others nothing.</summary>
    private static async Task<int> RunAsync(string file, string[] only, bool isQuick, CancellationToken cancellation)
    {
        var report = new JsonObject { ["date"] = Machine.Date(), ["commit"] = Machine.Commit(), ["quick"] = isQuick, ["machine"] = Machine.Describe() };
        var result = BenchmarkCommand.Done;
        foreach (var (name, args, quick) in Benchmarks.Where(each => only.Length == 0 || only.Contains(each.Name)))
        {
            Report.Note($"== {name}");
            var figures = await MeasureAsync([.. (isQuick ? quick : args).Split(' '), "--json"], cancellation);
            if (figures is null) result = BenchmarkCommand.Failed;
            report[name] = figures;
            await File.WriteAllTextAsync(file, report.ToJsonString(Indented) + "\n", cancellation);
        }

        return result;
    }

    private static async Task<JsonNode?> MeasureAsync(string[] args, CancellationToken cancellation)
    {
        using var process = OwnProcess.Start(args, isOutputWanted: true);
        try
        {
            var output = await process.StandardOutput.ReadToEndAsync(cancellation);
            await process.WaitForExitAsync(cancellation);
            return process.ExitCode == BenchmarkCommand.Done ? JsonNode.Parse(output.Trim().Split('\n')[^1]) : null;
        }
        finally
        {
            if (!process.HasExited) process.Kill(); // What it had started goes with it.
        }
    }
}
