using System.CommandLine;
using Posthorn.DeadLetters;
using Posthorn.Settings;
using Posthorn.Worker.Composition;
using Posthorn.Worker.DeadLetters;

namespace Posthorn.Worker.CommandLine.DeadLetters;

/// <summary><c>posthorn dead-letters stats</c>: what failed, why, since when and whose, on one screen.</summary>
internal static class StatsCommand
{
    private const int Screen = 24; // Rows of a terminal, unless it says that it has more.
    private const int Around = 12; // Rows that are not groups: heads, rules, the histogram and the sum.
    private const int FewestRows = 3;

    private static readonly Option<string?> By = new("--by")
    {
        Description = $"What to group by, with commas between: {DimensionNames.Accepted} (default: cause,destination,profile,type,tenant)",
        HelpName = "WHAT",
    };

    private static readonly Option<int?> Limit = new("--limit") { Description = "The most groups, the largest first (default: what fits on one screen)", HelpName = "N" };

    private static readonly Option<bool> Json = new("--json") { Description = "One JSON object a line, for each group" };

    public static Command Create(CommandContext context)
    {
        var stats = new Command("stats", "Count dead letters by cause, destination, profile, type and tenant") { By, Limit, ServerOptions.Server, ServerOptions.Key, Json }.WithFilter();
        stats.SetAction((parsed, cancellation) => RunAsync(context.Settings(parsed), parsed, cancellation));
        return stats;
    }

    private static async Task<int> RunAsync(WorkerSettings settings, ParseResult parsed, CancellationToken cancellationToken)
    {
        var by = DimensionNames.Default;
        if (parsed.GetValue(By) is { } text && !DimensionNames.TryParse(text, out by, out var unknown))
            throw new SettingsException("--by", $"'{unknown}' is nothing to group by", $"{DimensionNames.Accepted}; several with commas between, such as --by destination,reason");
        var limit = parsed.GetValue(Limit);
        if (limit < 1) throw new SettingsException("--limit", $"'{limit}' is not accepted", "a whole number from 1");
        _ = FilterOptions.Read(parsed);
        using var source = DeadLettersCommand.Source(settings, parsed);
        var stats = await source.StatsAsync(FilterOptions.Terms(parsed), by, cancellationToken);
        if (parsed.GetValue(Json))
        {
            foreach (var group in stats.Groups.Take(limit ?? int.MaxValue)) Terminal.Json(group, DeadLetterGroupJson.Default.DeadLetterGroup);
            return ExitCode.Done;
        }

        if (stats.Total == 0) Terminal.Line(FilterOptions.AnyGiven(parsed) ? "No dead letter matches." : "There are no dead letters.");
        else Write(stats, by, isCausesFirst: parsed.GetValue(By) is null, limit);
        return ExitCode.Done;
    }

    /// <summary>The causes, and then whose they are; or what was asked for.</summary>
    private static void Write(DeadLetterStats stats, GroupDimensions by, bool isCausesFirst, int? limit)
    {
        const GroupDimensions Causes = GroupDimensions.Cause | GroupDimensions.Destination;
        var left = Math.Max(Screen, Terminal.IsInteractive ? Console.WindowHeight : 0) - Around;
        if (isCausesFirst)
        {
            var causes = GroupTable.Coarser(stats.Groups, Causes);
            var shown = limit ?? Math.Max(FewestRows, left - FewestRows);
            Terminal.Write(GroupTable.Of(causes, Causes, shown));
            left -= Math.Min(shown, causes.Count);
            by &= ~GroupDimensions.Cause;
        }

        var groups = isCausesFirst ? GroupTable.Coarser(stats.Groups, by) : stats.Groups;
        var most = limit ?? Math.Max(FewestRows, left);
        Terminal.Write(GroupTable.Of(groups, by, most));
        if (stats.Histogram is { Columns.Count: > 1 } times) Terminal.Line($"{Sparkline.Of(times.Columns)}  {Terminal.Time(stats.Oldest)} to {Terminal.Time(stats.Newest)} UTC, a column is {Sparkline.Shown(times.Width)}");
        Terminal.Line($"{RunQuestion.Count(stats.Total)}.{(groups.Count > most ? $" {groups.Count - most} more groups: --limit N shows them, --by reason,destination makes fewer." : "")}");
    }
}
