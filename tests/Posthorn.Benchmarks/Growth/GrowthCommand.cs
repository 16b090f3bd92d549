using System.CommandLine;
using Posthorn.Benchmarks.Reporting;

namespace Posthorn.Benchmarks.Growth;

/// <summary><c>growth</c>: whether more of it makes it slower.</summary>
internal static class GrowthCommand
{
    private static readonly Option<int[]> Backlogs = new("--backlogs") { Description = "Sizes of a backlog, the smallest first", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [10_000, 100_000, 1_000_000] };
    private static readonly Option<int[]> Destinations = new("--destinations") { Description = "Numbers of destinations, the smallest first", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [10, 1000, 100_000] };
    private static readonly Option<int> Messages = CountOption.Named("--messages", 100_000, "Messages of a backlog for many destinations");
    private static readonly Option<int> Payload = CountOption.Named("--payload", 1024, "Bytes of a body");
    private static readonly Option<bool> Quick = QuickOption.Create();
    private static readonly Option<bool> Json = new("--json") { Description = "One JSON object" };

    public static Command Create()
    {
        var command = new Command("growth", "Whether a longer backlog, or more destinations, make it slower") { Backlogs, Destinations, Messages, Payload, Quick, Json };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var options = new GrowthOptions
        {
            Backlogs = parsed.GetValue(Backlogs) ?? [],
            Destinations = parsed.GetValue(Destinations) ?? [],
            Drain = new GrowthOptions().Drain with { Messages = parsed.GetValue(Messages), Payload = parsed.GetValue(Payload) },
        };
        if (parsed.GetValue(Quick)) options = options.Quick();
        var report = await new GrowthBenchmark(options).RunAsync(cancellation);
        Report.Write(report, GrowthJson.Default.GrowthReport, parsed.GetValue(Json));
        return BenchmarkCommand.Done;
    }
}
