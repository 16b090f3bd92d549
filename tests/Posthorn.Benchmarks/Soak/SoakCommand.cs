using System.CommandLine;
using Posthorn.Benchmarks.Reporting;

namespace Posthorn.Benchmarks.Soak;

/// <summary><c>soak</c>: whether anything that was accepted is lost while the worker dies and the receivers fail.</summary>
internal static class SoakCommand
{
    private static readonly Option<int> Seconds = CountOption.Named("--seconds", 60, "How long there is trouble");
    private static readonly Option<int?> Seed = new("--seed") { Description = "Decides the kills, the faults and the envelopes (default: chosen, and printed)", HelpName = "N" };
    private static readonly Option<bool> Json = new("--json") { Description = "One JSON object" };

    public static Command Create()
    {
        var command = new Command("soak", "Whether anything that was accepted is lost while the worker dies and the receivers fail") { Seconds, Seed, Json };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var seed = parsed.GetValue(Seed) ?? Random.Shared.Next(1_000_000);
        Report.Note($"--seed {seed}"); // First of all: a run that fails can be repeated.
        await using var run = await SoakRun.StartAsync(new SoakPlan(seed), TimeSpan.FromSeconds(parsed.GetValue(Seconds)));
        var verdict = await run.RunAsync(cancellation);
        Report.Write(verdict.Report, SoakJson.Default.SoakReport, parsed.GetValue(Json));
        foreach (var problem in verdict.Problems) Report.Note(problem);
        return verdict.Problems.Count == 0 ? BenchmarkCommand.Done : BenchmarkCommand.Failed;
    }
}
