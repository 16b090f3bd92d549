using System.Text.Json;
using Posthorn.Benchmarks.Measuring;
using Posthorn.Benchmarks.Processes;
using Posthorn.Benchmarks.Reporting;
using Posthorn.Sqlite;

namespace Posthorn.Benchmarks.Replay;

/// <summary>A queue full of dead letters: what looking at it costs, and how fast it is emptied.</summary>
internal sealed class ScaleRun(ReplayOptions options) : IAsyncDisposable
{
    private const int Pairs = 7; // Of short commands.
    private const int MostRawMoves = 200_000;
    private const double Megabyte = 1_000_000;
    private static readonly string[] Stats = ["dead-letters", "stats", "--json"];
    private static readonly string[] List = ["dead-letters", "list", "--json"];
    private static readonly string[] Start = ["profiles", "list", "--json"];
    private static readonly IReadOnlyList<Uri> Destinations = [.. new[] { "https://hooks.example.com/in", "https://billing.example.net/webhooks/posthorn", "https://crm.example.org:8443/hook" }.Select(url => new Uri(url))];
    private readonly Workbench _bench = new();

    /// <summary>Fills the queue, and no more; the file stays.</summary>
    public async Task FillAsync(CancellationToken cancellation)
    {
        await DeadLetterFill.RunAsync(_bench, Destinations, options.Messages, options.Payload, cancellation);
        _bench.IsKept = options.Part == ReplayPart.Fill;
        if (_bench.IsKept) Report.Note($"the file is {_bench.QueueFile}");
    }

    /// <summary>1. fill the queue, 2. look at it, 3. see what SQLite has to give, 4. put everything back.</summary>
    public async Task<ReplayReport> MeasureAsync(ReplayReport report, CancellationToken cancellation)
    {
        // 1.
        await FillAsync(cancellation);

        // 2.
        report = await LookAsync(report, cancellation);

        // 3.
        var baseline = Baseline();
        Report.Note($"{baseline:0} raw moves a second");

        // 4.
        var replay = await _bench.RunCommandAsync(["dead-letters", "replay", "--yes", "--json"], cancellation);
        await CheckAsync(replay, cancellation);
        var perSecond = options.Messages / replay.Took.TotalSeconds;
        return report with
        {
            ReplayPerS = Report.Rounded(perSecond),
            ReplayRssMb = Megabytes(replay),
            BaselinePerS = Report.Rounded(baseline),
            ReplayRatio = Report.Rounded(perSecond / baseline),
        };
    }

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    private async Task<ReplayReport> LookAsync(ReplayReport report, CancellationToken cancellation)
    {
        var stats = new List<CommandRun>();
        for (var round = 0; round < options.Rounds; round++) stats.Add(await _bench.RunCommandAsync(Stats, cancellation));
        if (stats.Any(run => run.Output.Sum(group => Number(group, "count")) != options.Messages)) throw new BenchmarkException("The groups of stats are not all dead letters.");

        await _bench.RunCommandAsync(Start, cancellation); // Once before it counts: programs lie in memory then.
        var pairs = new List<(CommandRun Start, CommandRun List)>();
        for (var pair = 0; pair < Pairs; pair++) pairs.Add((await _bench.RunCommandAsync(Start, cancellation), await _bench.RunCommandAsync(List, cancellation)));

        var filtered = await _bench.RunCommandAsync([.. List, "--where", "data.n == \"none\""], cancellation);
        if (filtered.Output.Count > 0) throw new BenchmarkException("The filter that fits nothing found something.");
        var found = await _bench.RunCommandAsync(["dead-letters", "show", DeadMail.IdOf(0), "--json"], cancellation);
        return report with
        {
            StatsS = Median(stats, Seconds),
            StatsRssMb = Median(stats, Megabytes),
            StartS = Median(pairs, pair => Seconds(pair.Start)),
            ListS = Median(pairs, pair => Seconds(pair.List)),
            ListAfterStartS = Math.Max(0, Median(pairs, pair => Seconds(pair.List) - Seconds(pair.Start))),
            FilteredListS = Report.Rounded(Seconds(filtered)),
            FindS = Report.Rounded(Seconds(found)),
        };
    }

    private double Baseline()
    {
        var file = Path.Combine(_bench.Folder, "raw.db");
        using (var raw = new RawMoves(_bench.QueueFile, file, MostRawMoves)) return raw.PerSecond();
    }

    /// <summary>Whether all of it is on the queue, and nothing else.</summary>
    private async Task CheckAsync(CommandRun replay, CancellationToken cancellation)
    {
        if (Number(replay.Output[^1], "replayed") != options.Messages) throw new BenchmarkException($"Not all were put back: {replay.Output[^1]}");
        using var queue = SqliteQueue.Open(new SqliteQueueOptions { Path = _bench.QueueFile }, TimeProvider.System);
        var counts = await queue.CountAsync(cancellation);
        if (counts.Dead != 0 || counts.Active + counts.Scheduled + counts.Locked != options.Messages) throw new BenchmarkException($"After the replay of {options.Messages} there are {counts}.");
    }

    private static long Number(string line, string name)
    {
        using var json = JsonDocument.Parse(line);
        return json.RootElement.GetProperty(name).GetInt64();
    }

    private static double Seconds(CommandRun run) => run.Took.TotalSeconds;

    private static double Megabytes(CommandRun run) => Report.Rounded((run.PeakMemory ?? 0) / Megabyte);

    private static double Median<T>(IEnumerable<T> runs, Func<T, double> of) => Report.Rounded(Samples.Median(runs.Select(of)));
}
