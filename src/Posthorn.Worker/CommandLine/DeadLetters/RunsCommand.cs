using System.CommandLine;
using System.Globalization;
using Posthorn.DeadLetters;
using Posthorn.Settings;
using Posthorn.Worker.Composition;
using Posthorn.Worker.DeadLetters;
using Spectre.Console;

namespace Posthorn.Worker.CommandLine.DeadLetters;

/// <summary><c>posthorn dead-letters runs</c>: who put back or deleted what, and what came of it.</summary>
internal static class RunsCommand
{
    private static readonly string[] Columns = ["RUN", "WHAT", "STARTED (UTC)", "OPERATOR", "DONE", "DELIVERED", "FAILED AGAIN", "WAITING", "FILTER"];

    private static readonly Argument<string?> Which = new("RUN") { Description = "One run (default: the newest ones)", Arity = ArgumentArity.ZeroOrOne };

    private static readonly Option<int> Limit = new("--limit") { Description = "How many, the newest first", DefaultValueFactory = _ => 50, HelpName = "N" };

    private static readonly Option<bool> Json = new("--json") { Description = "One JSON object a line" };

    public static Command Create(CommandContext context)
    {
        var runs = new Command("runs", "List the runs of replay and purge, and what came of them") { Which, Limit, Json };
        runs.SetAction((parsed, cancellation) => RunAsync(context.Settings(parsed), parsed, cancellation));
        return runs;
    }

    private static async Task<int> RunAsync(WorkerSettings settings, ParseResult parsed, CancellationToken cancellationToken)
    {
        if (parsed.GetValue(Limit) < 1) throw new SettingsException("--limit", $"'{parsed.GetValue(Limit)}' is not accepted", "a whole number from 1");
        await using var open = await OpenRuns.OpenAsync(settings, cancellationToken);
        var runs = parsed.GetValue(Which) is { } id
            ? await open.Runs.FindAsync(id, cancellationToken) is { } one ? [one] : []
            : await open.Runs.NewestAsync(parsed.GetValue(Limit), cancellationToken);
        if (runs.Count == 0 && parsed.GetValue(Which) is { } unknown)
        {
            Terminal.Error($"there is no run '{unknown}'");
            return ExitCode.FailedInPart;
        }

        var lines = new List<RunLine>();
        foreach (var run in runs) lines.Add(RunLine.Of(run, run.Kind == RunKind.Replay ? await open.Letters.FollowAsync(run.Id, cancellationToken) : null, TimeProvider.System.GetUtcNow()));
        if (parsed.GetValue(Json)) lines.ForEach(line => Terminal.Json(line, RunJson.Default.RunLine));
        else Write(lines);
        return ExitCode.Done;
    }

    private static void Write(List<RunLine> lines)
    {
        // What nearly always is nothing needs no column: it is beside what was done.
        var table = new Table().Border(TableBorder.Simple);
        foreach (var column in Columns) table.AddColumn(new TableColumn(column) { NoWrap = column != "FILTER" });
        foreach (var line in lines)
        {
            table.AddRow(
                Terminal.Cell(line.Run), Terminal.Cell($"{line.Kind}, {line.Status}"), Terminal.Cell(line.StartedAt is { } time ? Terminal.Time(time) : ""), Terminal.Cell(line.Operator),
                Terminal.Cell(Done(line)), Number(line.Delivered), Number(line.FailedAgain), Number(line.Waiting), Terminal.Cell(line.Filter));
        }

        Terminal.Write(table);
        foreach (var line in lines.Where(line => line.Detail is not null)) Terminal.Line($"{line.Run}: {line.Detail}");
        Terminal.Line(lines.Count == 0 ? "There were no runs." : "'posthorn dead-letters replay --resume RUN' goes on with one that is interrupted or stopped.");
    }

    private static string Done(RunLine line)
    {
        var done = string.Create(CultureInfo.InvariantCulture, $"{line.Replayed ?? line.Purged:N0} of {line.Matched:N0}");
        if (line.Skipped > 0) done += string.Create(CultureInfo.InvariantCulture, $", {line.Skipped:N0} skipped");
        return line.Failed > 0 ? done + string.Create(CultureInfo.InvariantCulture, $", {line.Failed:N0} failed") : done;
    }

    private static Text Number(long? number) => number is { } known ? Terminal.Cell(known) : Terminal.Cell("");
}
