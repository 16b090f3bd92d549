using System.CommandLine;
using System.Globalization;
using System.Text;
using Posthorn.DeadLetters;
using Posthorn.Envelopes;
using Posthorn.Settings;
using Posthorn.Worker.Composition;
using Posthorn.Worker.DeadLetters;
using Spectre.Console;

namespace Posthorn.Worker.CommandLine;

/// <summary><c>posthorn dead-letters</c>: what could not be delivered, and why.</summary>
internal static class DeadLettersCommand
{
    private static readonly Option<int> Limit = new("--limit") { Description = "How many, the newest first", DefaultValueFactory = _ => 50, HelpName = "N" };

    private static readonly Option<bool> Json = new("--json") { Description = "One JSON object a line" };

    private static readonly Argument<string> Which = new("SEQUENCE|ID") { Description = "The number that list shows, or the envelope's id (the newest of that id)" };

    public static Command Create(CommandContext context)
    {
        var list = new Command("list", "List the newest dead letters") { Limit, ServerOptions.Server, ServerOptions.Key, Json };
        list.SetAction((parsed, cancellation) => ListAsync(context.Settings(parsed), parsed, cancellation));
        var show = new Command("show", "Show one dead letter with every attempt") { Which, ServerOptions.Server, ServerOptions.Key, Json };
        show.SetAction((parsed, cancellation) => ShowAsync(context.Settings(parsed), parsed, cancellation));
        return new Command("dead-letters", "What could not be delivered, and why") { list, show };
    }

    private static async Task<int> ListAsync(WorkerSettings settings, ParseResult parsed, CancellationToken cancellationToken)
    {
        var limit = parsed.GetValue(Limit);
        if (limit < 1) throw new SettingsException("--limit", $"'{limit}' is not accepted", "a whole number from 1");
        using var source = Source(settings, parsed);
        var (rows, all) = await source.NewestAsync(limit, cancellationToken);
        if (parsed.GetValue(Json))
        {
            foreach (var row in rows) Terminal.Json(row, DeadLetterJson.Default.DeadLetterView);
            return ExitCode.Done;
        }

        var table = new Table().Border(TableBorder.Simple).AddColumns("SEQUENCE", "ID", "TYPE", "REASON", "ATTEMPTS", "DESTINATION", "DEAD SINCE (UTC)");
        foreach (var row in rows)
        {
            table.AddRow(
                Terminal.Cell(row.Sequence), Terminal.Cell(row.Id), Terminal.Cell(row.Type), Terminal.Cell(row.Reason), Terminal.Cell(row.Attempts),
                Terminal.Cell(row.Destination), Terminal.Cell(row.DeadLetteredAt.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)));
        }

        Terminal.Write(table);
        Terminal.Line(all == 0 ? "There are no dead letters." : $"{rows.Count} of {all}. 'posthorn dead-letters show SEQUENCE' tells what happened at every attempt.");
        return ExitCode.Done;
    }

    private static async Task<int> ShowAsync(WorkerSettings settings, ParseResult parsed, CancellationToken cancellationToken)
    {
        var which = parsed.GetValue(Which) ?? "";
        using var source = Source(settings, parsed);
        if (await source.FindAsync(which, cancellationToken) is not { } detail)
        {
            Terminal.Error($"there is no dead letter with the sequence number or id '{which}'");
            return ExitCode.FailedInPart;
        }

        if (parsed.GetValue(Json)) Terminal.Json(detail, DeadLetterJson.Default.DeadLetterDetail);
        else Write(detail);
        return ExitCode.Done;
    }

    private static IDeadLetterSource Source(WorkerSettings settings, ParseResult parsed) =>
        ServerOptions.Read(parsed) is var (server, key) ? new ServerSource(server, key) : new QueueSource(OpenQueue.OpenExisting(settings));

    private static void Write(DeadLetterDetail letter)
    {
        var facts = new Grid().AddColumn().AddColumn();
        foreach (var (name, value) in new (string, string?)[]
        {
            ("Sequence", letter.Sequence.ToString(CultureInfo.InvariantCulture)), ("Id", letter.Id), ("Type", letter.Type), ("Profile", letter.Profile),
            ("Tenant", letter.Tenant), ("Subject", letter.Subject), ("Destination", letter.Destination), ("Reason", letter.Reason),
            ("Description", letter.Description), ("Enqueued", Rfc3339.Format(letter.EnqueuedAt)), ("Dead since", Rfc3339.Format(letter.DeadLetteredAt)),
            ("Replays", letter.Replays.ToString(CultureInfo.InvariantCulture)),
        })
            if (value is not null) facts.AddRow(Terminal.Cell(name), Terminal.Cell(value));
        if (Console.IsOutputRedirected) AnsiConsole.Profile.Width = 400;
        AnsiConsole.Write(facts);

        var attempts = new Table().Border(TableBorder.Simple).AddColumns("ATTEMPT", "AT (UTC)", "TOOK", "STATUS", "DETAIL");
        foreach (var attempt in letter.History)
        {
            attempts.AddRow(
                Terminal.Cell(attempt.Number), Terminal.Cell(Rfc3339.Format(attempt.At)), Terminal.Cell($"{attempt.DurationMs} ms"),
                Terminal.Cell(attempt.Status?.ToString(CultureInfo.InvariantCulture) ?? attempt.Error), Terminal.Cell(attempt.Detail));
        }

        Terminal.Write(attempts);
        Terminal.Line($"Payload ({letter.ContentType}, {letter.Payload.Length} bytes):");
        Terminal.Line(JsonItems.IsValue(letter.Payload.Span) ? Encoding.UTF8.GetString(letter.Payload.Span) : Convert.ToBase64String(letter.Payload.Span));
    }
}
