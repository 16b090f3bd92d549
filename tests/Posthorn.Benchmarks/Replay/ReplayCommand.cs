using System.CommandLine;
using Posthorn.Benchmarks.Reporting;

namespace Posthorn.Benchmarks.Replay;

/// <summary><c>replay</c>: what a million dead letters cost an operator, and what a storm of replays costs fresh mail.</summary>
internal static class ReplayCommand
{
    private static readonly Option<int> Messages = CountOption.Named("--messages", 1_000_000, "Dead letters that are looked at and put back");
    private static readonly Option<int> Payload = CountOption.Named("--payload", 1024, "Bytes of each one's data");
    private static readonly Option<int> Storm = CountOption.Named("--storm", 100_000, "Dead letters that are put back beside fresh mail");
    private static readonly Option<int> Rate = CountOption.Named("--rate", 100, "Fresh mail a second");
    private static readonly Option<int> Seconds = CountOption.Named("--seconds", 20, "How long it comes, on each side of a round");
    private static readonly Option<int> Rounds = CountOption.Named("--rounds", 3, "Rounds, each without a storm and with it");
    private static readonly Option<ReplayPart> Only = new("--only") { Description = "One part: scale (looking and putting back), fresh (mail beside a storm), or fill (makes the file, and leaves it)" };
    private static readonly Option<bool> Json = new("--json") { Description = "One JSON object" };

    public static Command Create()
    {
        var command = new Command("replay", "What a million dead letters cost an operator, and what a storm of replays costs fresh mail") { Messages, Payload, Storm, Rate, Seconds, Rounds, Only, Json };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var options = new ReplayOptions
        {
            Messages = parsed.GetValue(Messages),
            Payload = parsed.GetValue(Payload),
            Storm = parsed.GetValue(Storm),
            Rate = parsed.GetValue(Rate),
            Duration = TimeSpan.FromSeconds(parsed.GetValue(Seconds)),
            Rounds = parsed.GetValue(Rounds),
            Part = parsed.GetValue(Only),
        };
        var report = await new ReplayBenchmark(options).RunAsync(cancellation);
        Report.Write(report, ReplayJson.Default.ReplayReport, parsed.GetValue(Json));
        return BenchmarkCommand.Done;
    }
}

/// <summary>How much is measured.</summary>
internal sealed record ReplayOptions
{
    /// <summary>Dead letters that are looked at and put back.</summary>
    public required int Messages { get; init; }

    /// <summary>Bytes of each one's data.</summary>
    public required int Payload { get; init; }

    /// <summary>Dead letters that are put back beside fresh mail.</summary>
    public required int Storm { get; init; }

    /// <summary>Fresh mail a second.</summary>
    public required int Rate { get; init; }

    /// <summary>How long it comes.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>Rounds.</summary>
    public required int Rounds { get; init; }

    /// <summary>What of it.</summary>
    public required ReplayPart Part { get; init; }
}

/// <summary>A part of the benchmark.</summary>
internal enum ReplayPart
{
    /// <summary>Looking and putting back, then mail beside a storm.</summary>
    All,

    /// <summary>Making the file.</summary>
    Fill,

    /// <summary>Looking and putting back.</summary>
    Scale,

    /// <summary>Mail beside a storm.</summary>
    Fresh,
}
