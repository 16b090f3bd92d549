using System.CommandLine;
using Posthorn.Benchmarks.Reporting;

namespace Posthorn.Benchmarks.Amqp;

/// <summary><c>amqp</c>: how fast mail is accepted over AMQP, beside the API.</summary>
internal static class AmqpCommand
{
    private static readonly Option<int> Messages = CountOption.Named("--messages", 40_000, "Messages, in each round and each way");
    private static readonly Option<int> Payload = CountOption.Named("--payload", 1024, "Bytes of each one's data");
    private static readonly Option<int> Connections = CountOption.Named("--connections", 4, "Producers at once, of the API and of the bare protocol");
    private static readonly Option<int> Rounds = CountOption.Named("--rounds", 3, "Rounds, each with every way in");
    private static readonly Option<bool> Quick = QuickOption.Create();
    private static readonly Option<bool> Json = new("--json") { Description = "One JSON object" };

    public static Command Create()
    {
        var command = new Command("amqp", "How fast mail is accepted over AMQP, bare and from Azure's SDK, beside the API") { Messages, Payload, Connections, Rounds, Quick, Json };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var options = new AmqpBenchmarkOptions
        {
            Messages = parsed.GetValue(Messages),
            Payload = parsed.GetValue(Payload),
            Connections = parsed.GetValue(Connections),
            Rounds = parsed.GetValue(Rounds),
        };
        var report = await new AmqpBenchmark(parsed.GetValue(Quick) ? options.Quick() : options).RunAsync(cancellation);
        Report.Write(report, AmqpJson.Default.AmqpReport, parsed.GetValue(Json));
        return BenchmarkCommand.Done;
    }
}
