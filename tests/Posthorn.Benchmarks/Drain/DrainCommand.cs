using System.CommandLine;
using Posthorn.Benchmarks.Reporting;

namespace Posthorn.Benchmarks.Drain;

/// <summary><c>drain</c>: how fast a backlog is delivered, against a bare loop of POSTs.</summary>
internal static class DrainCommand
{
    private static readonly Option<int> Messages = CountOption.Named("--messages", 100_000, "Messages of one backlog");
    private static readonly Option<int> Payload = CountOption.Named("--payload", 1024, "Bytes of a body");
    private static readonly Option<int> Destinations = CountOption.Named("--destinations", 1, "Hosts that the messages are for in turn");
    private static readonly Option<int?> PerDestination = CountOption.Named("--per-destination", "The most requests in flight to one destination (delivery:maxInFlightPerDestination); by default as many as the bare loop does best with");
    private static readonly Option<int> Rounds = CountOption.Named("--rounds", 3, "Rounds, each with a backlog and with the bare loop");
    private static readonly Option<bool> Profile = new("--profile") { Description = "Say on standard error where the worker's processor time goes (Linux, with perf)" };
    private static readonly Option<bool> Quick = QuickOption.Create();
    private static readonly Option<bool> Json = new("--json") { Description = "One JSON object" };

    public static Command Create()
    {
        var command = new Command("drain", "How fast a backlog is delivered, against a bare loop of POSTs") { Messages, Payload, Destinations, PerDestination, Rounds, Profile, Quick, Json };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var options = new DrainOptions
        {
            Messages = parsed.GetValue(Messages),
            Payload = parsed.GetValue(Payload),
            Destinations = parsed.GetValue(Destinations),
            PerDestination = parsed.GetValue(PerDestination),
            IsTuned = true,
            Rounds = parsed.GetValue(Rounds),
            IsProfiled = parsed.GetValue(Profile),
        };
        var report = await new DrainBenchmark(parsed.GetValue(Quick) ? options.Quick() : options).RunAsync(cancellation);
        Report.Write(report, DrainJson.Default.DrainReport, parsed.GetValue(Json));
        return BenchmarkCommand.Done;
    }
}
