using System.CommandLine;
using Posthorn.Benchmarks.Reporting;

namespace Posthorn.Benchmarks.Enqueue;

/// <summary><c>enqueue</c>: how fast envelopes are accepted, against raw SQLite.</summary>
internal static class EnqueueCommand
{
    private static readonly Option<int> Clients = CountOption.Named("--clients", 64, "Callers at once, of one envelope a call");
    private static readonly Option<int> Singles = CountOption.Named("--messages", 20_000, "Envelopes one a call, in each round");
    private static readonly Option<int> Batched = CountOption.Named("--batched", 50_000, "Envelopes many a call, in each round");
    private static readonly Option<int> Payload = CountOption.Named("--payload", 1024, "Bytes of each one's data");
    private static readonly Option<int> Rate = CountOption.Named("--rate", 500, "Arrivals a second, while the latency is measured");
    private static readonly Option<int> Rounds = CountOption.Named("--rounds", 3, "Rounds, each with every way in");
    private static readonly Option<bool> Quick = QuickOption.Create();
    private static readonly Option<bool> Json = new("--json") { Description = "One JSON object" };

    public static Command Create()
    {
        var command = new Command("enqueue", "How fast envelopes are accepted, against raw SQLite") { Clients, Singles, Batched, Payload, Rate, Rounds, Quick, Json };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var options = new EnqueueOptions
        {
            Clients = parsed.GetValue(Clients),
            Singles = parsed.GetValue(Singles),
            Batched = parsed.GetValue(Batched),
            Payload = parsed.GetValue(Payload),
            Rate = parsed.GetValue(Rate),
            Rounds = parsed.GetValue(Rounds),
        };
        var report = await new EnqueueBenchmark(parsed.GetValue(Quick) ? options.Quick() : options).RunAsync(cancellation);
        Report.Write(report, EnqueueJson.Default.EnqueueReport, parsed.GetValue(Json));
        return BenchmarkCommand.Done;
    }
}
