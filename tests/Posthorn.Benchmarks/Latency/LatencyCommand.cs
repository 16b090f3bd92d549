using System.CommandLine;
using Posthorn.Benchmarks.Reporting;

namespace Posthorn.Benchmarks.Latency;

/// <summary><c>latency</c>: how long mail takes at a fixed rate.</summary>
internal static class LatencyCommand
{
    private static readonly Option<int> Rate = CountOption.Named("--rate", 500, "Arrivals a second");
    private static readonly Option<int> Seconds = CountOption.Named("--seconds", 20, "How long they arrive, in each round");
    private static readonly Option<int> Rounds = CountOption.Named("--rounds", 3, "Rounds");
    private static readonly Option<bool> Quick = QuickOption.Create();
    private static readonly Option<bool> Json = new("--json") { Description = "One JSON object" };

    public static Command Create()
    {
        var command = new Command("latency", "From accepted to the first byte at the receiver, at a fixed rate") { Rate, Seconds, Rounds, Quick, Json };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var isQuick = parsed.GetValue(Quick);
        var seconds = isQuick ? Math.Min(parsed.GetValue(Seconds), 4) : parsed.GetValue(Seconds);
        var report = await new LatencyBenchmark(parsed.GetValue(Rate), TimeSpan.FromSeconds(seconds), isQuick ? 1 : parsed.GetValue(Rounds)).RunAsync(cancellation);
        Report.Write(report, LatencyJson.Default.LatencyReport, parsed.GetValue(Json));
        return BenchmarkCommand.Done;
    }
}
