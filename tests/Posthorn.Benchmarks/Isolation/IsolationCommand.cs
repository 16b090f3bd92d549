using System.CommandLine;
using Posthorn.Benchmarks.Reporting;

namespace Posthorn.Benchmarks.Isolation;

/// <summary><c>isolation</c>: what destinations that never answer cost the one that does.</summary>
internal static class IsolationCommand
{
    private static readonly Option<int> Hanging = CountOption.Named("--hanging", 50, "Destinations that accept the connection and never answer");
    private static readonly Option<int> Backlog = CountOption.Named("--backlog", 50, "Envelopes waiting for each of them");
    private static readonly Option<int> Messages = CountOption.Named("--messages", 20_000, "Envelopes waiting for the healthy one");
    private static readonly Option<int> Rate = CountOption.Named("--rate", 200, "Arrivals a second for the healthy one, while its latency is measured");
    private static readonly Option<int> Seconds = CountOption.Named("--seconds", 10, "How long they arrive, in each round");
    private static readonly Option<int> Rounds = CountOption.Named("--rounds", 3, "Rounds, each without and with the hanging ones");
    private static readonly Option<bool> Json = new("--json") { Description = "One JSON object" };

    public static Command Create()
    {
        var command = new Command("isolation", "What destinations that never answer cost the one that does") { Hanging, Backlog, Messages, Rate, Seconds, Rounds, Json };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var options = new IsolationOptions
        {
            Hanging = parsed.GetValue(Hanging),
            Backlog = parsed.GetValue(Backlog),
            Messages = parsed.GetValue(Messages),
            Rate = parsed.GetValue(Rate),
            Duration = TimeSpan.FromSeconds(parsed.GetValue(Seconds)),
            Rounds = parsed.GetValue(Rounds),
        };
        var report = await new IsolationBenchmark(options).RunAsync(cancellation);
        Report.Write(report, IsolationJson.Default.IsolationReport, parsed.GetValue(Json));
        return BenchmarkCommand.Done;
    }
}

/// <summary>How much is measured.</summary>
internal sealed record IsolationOptions
{
    /// <summary>Destinations that never answer.</summary>
    public required int Hanging { get; init; }

    /// <summary>Envelopes waiting for each of them: more than it may have in flight.</summary>
    public required int Backlog { get; init; }

    /// <summary>Envelopes waiting for the healthy one.</summary>
    public required int Messages { get; init; }

    /// <summary>Arrivals a second for the healthy one.</summary>
    public required int Rate { get; init; }

    /// <summary>How long they arrive.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>Rounds.</summary>
    public required int Rounds { get; init; }
}
