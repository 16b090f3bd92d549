using System.CommandLine;
using System.Globalization;
using Posthorn.DeadLetters;
using Posthorn.Settings;
using Posthorn.Worker.Composition;
using Spectre.Console;

namespace Posthorn.Worker.CommandLine.DeadLetters;

/// <summary><c>posthorn dead-letters list</c>: the newest ones, a row each.</summary>
internal static class ListCommand
{
    private static readonly Option<int> Limit = new("--limit") { Description = "How many, the newest first", DefaultValueFactory = _ => 50, HelpName = "N" };

    private static readonly Option<bool> Json = new("--json") { Description = "One JSON object a line" };

    public static Command Create(CommandContext context)
    {
        var list = new Command("list", "List the newest dead letters") { Limit, ServerOptions.Server, ServerOptions.Key, Json }.WithFilter();
        list.SetAction((parsed, cancellation) => RunAsync(context.Settings(parsed), parsed, cancellation));
        return list;
    }

    private static async Task<int> RunAsync(WorkerSettings settings, ParseResult parsed, CancellationToken cancellationToken)
    {
        var limit = parsed.GetValue(Limit);
        if (limit < 1) throw new SettingsException("--limit", $"'{limit}' is not accepted", "a whole number from 1");
        _ = FilterOptions.Read(parsed); // A term that cannot be read is told with its place, also when a worker is to be asked.
        using var source = DeadLettersCommand.Source(settings, parsed);
        var (rows, all) = await source.NewestAsync(FilterOptions.Terms(parsed), limit, cancellationToken);
        if (parsed.GetValue(Json))
        {
            foreach (var row in rows) Terminal.Json(row, DeadLetterJson.Default.DeadLetterView);
            return ExitCode.Done;
        }

        Terminal.Write(TableOf(rows));
        Terminal.Line(
            rows.Count > 0 ? $"{rows.Count} of {all}{(FilterOptions.AnyGiven(parsed) ? ", those that match" : "")}. 'posthorn dead-letters show SEQUENCE' tells what happened at every attempt."
            : all == 0 ? "There are no dead letters."
            : $"None of {all} dead letters matches.");
        return ExitCode.Done;
    }

    private static Table TableOf(IEnumerable<DeadLetterView> rows)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("SEQUENCE", "ID", "TYPE", "REASON", "LAST", "ATTEMPTS", "DESTINATION", "DEAD SINCE (UTC)");
        foreach (var row in rows)
        {
            table.AddRow(
                Terminal.Cell(row.Sequence), Terminal.Cell(row.Id), Terminal.Cell(row.Type), Terminal.Cell(row.Reason),
                Terminal.Cell(row.Status?.ToString(CultureInfo.InvariantCulture) ?? row.Error), Terminal.Cell(row.Attempts),
                Terminal.Cell(row.Destination), Terminal.Cell(Terminal.Time(row.DeadLetteredAt)));
        }

        return table;
    }
}
