using System.CommandLine;
using Posthorn.Benchmarks.Reporting;

namespace Posthorn.Benchmarks.Telemetry;

/// <summary><c>telemetry</c>: what it costs to be seen from outside.</summary>
internal static class TelemetryCommand
{
    private static readonly Option<int> Messages = CountOption.Named("--messages", 20_000, "Messages of one backlog");
    private static readonly Option<int> Rounds = CountOption.Named("--rounds", 5, "Rounds, each without exporting and with it");
    private static readonly Option<bool> Json = new("--json") { Description = "One JSON object" };

    public static Command Create()
    {
        var command = new Command("telemetry", "What exporting traces, metrics and logs costs the throughput") { Messages, Rounds, Json };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var report = await new TelemetryBenchmark(parsed.GetValue(Messages), parsed.GetValue(Rounds)).RunAsync(cancellation);
        Report.Write(report, TelemetryJson.Default.TelemetryReport, parsed.GetValue(Json));
        return BenchmarkCommand.Done;
    }
}
