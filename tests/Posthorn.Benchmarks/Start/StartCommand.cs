using System.CommandLine;
using Posthorn.Benchmarks.Reporting;

namespace Posthorn.Benchmarks.Start;

/// <summary><c>start</c>: how soon a worker that is started does its work.</summary>
internal static class StartCommand
{
    private static readonly Option<int> Messages = CountOption.Named("--messages", 10_000, "Messages that wait");
    private static readonly Option<int> Rounds = CountOption.Named("--rounds", 5, "Starts");
    private static readonly Option<bool> Quick = QuickOption.Create();
    private static readonly Option<bool> Json = new("--json") { Description = "One JSON object" };

    public static Command Create()
    {
        var command = new Command("start", "From the start of the process to ready, and to the first delivery of a waiting backlog") { Messages, Rounds, Quick, Json };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var rounds = parsed.GetValue(Quick) ? 1 : parsed.GetValue(Rounds);
        var report = await new StartBenchmark(parsed.GetValue(Messages), rounds).RunAsync(cancellation);
        Report.Write(report, StartJson.Default.StartReport, parsed.GetValue(Json));
        return BenchmarkCommand.Done;
    }
}
