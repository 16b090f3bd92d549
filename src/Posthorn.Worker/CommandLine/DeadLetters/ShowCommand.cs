using System.CommandLine;
using System.Globalization;
using System.Text;
using Posthorn.DeadLetters;
using Posthorn.Envelopes;
using Posthorn.Worker.Composition;
using Spectre.Console;

namespace Posthorn.Worker.CommandLine.DeadLetters;

/// <summary><c>posthorn dead-letters show</c>: one dead letter with every attempt, its payload, and the headers it would be sent with.</summary>
internal static class ShowCommand
{
    private static readonly Option<bool> Json = new("--json") { Description = "One JSON object" };

    private static readonly Argument<string> Which = new("SEQUENCE|ID") { Description = "The number that list shows, or the envelope's id (the newest of that id)" };

    public static Command Create(CommandContext context)
    {
        var show = new Command("show", "Show one dead letter with every attempt, its payload, and the headers it would be sent with") { Which, ServerOptions.Server, ServerOptions.Key, Json };
        show.SetAction((parsed, cancellation) => RunAsync(context.Settings(parsed), parsed, cancellation));
        return show;
    }

    private static async Task<int> RunAsync(WorkerSettings settings, ParseResult parsed, CancellationToken cancellationToken)
    {
        var which = parsed.GetValue(Which) ?? "";
        using var source = DeadLettersCommand.Source(settings, parsed);
        if (await source.FindAsync(which, cancellationToken) is not { } detail)
        {
            Terminal.Error($"there is no dead letter with the sequence number or id '{which}'");
            return ExitCode.FailedInPart;
        }

        if (parsed.GetValue(Json)) Terminal.Json(detail, DeadLetterJson.Default.DeadLetterDetail);
        else Write(detail);
        return ExitCode.Done;
    }

    private static void Write(DeadLetterDetail letter)
    {
        Terminal.Write(Facts(letter));
        Terminal.Write(Attempts(letter));
        Terminal.Line(letter.HeadersUnknown is { } unknown ? $"The headers it would be sent with cannot be told: {unknown}" : "It would be sent with:");
        foreach (var (name, value) in letter.Headers) Terminal.Line(Terminal.Printable($"  {name}: {value}"));
        Terminal.Line("");
        Terminal.Line($"Payload ({letter.ContentType}, {letter.Payload.Length} bytes):");
        Terminal.Line(JsonItems.IsValue(letter.Payload.Span) ? Terminal.Printable(Encoding.UTF8.GetString(letter.Payload.Span)) : Convert.ToBase64String(letter.Payload.Span));
    }

    private static Grid Facts(DeadLetterDetail letter)
    {
        var facts = new Grid().AddColumn().AddColumn();
        foreach (var (name, value) in new (string, string?)[]
        {
            ("Sequence", letter.Sequence.ToString(CultureInfo.InvariantCulture)), ("Id", letter.Id), ("Type", letter.Type), ("Profile", letter.Profile),
            ("Tenant", letter.Tenant), ("Subject", letter.Subject), ("Destination", letter.Destination), ("Endpoint", letter.EndpointId), ("Reason", letter.Reason),
            ("Description", letter.Description), ("Enqueued", Rfc3339.Format(letter.EnqueuedAt)), ("Dead since", Rfc3339.Format(letter.DeadLetteredAt)),
            ("Not sent after", letter.ExpiresAt is { } deadline ? Rfc3339.Format(deadline) : null),
            ("Replays", letter.Replays.ToString(CultureInfo.InvariantCulture)), ("Replayed by", letter.Run),
        })
            if (value is not null) facts.AddRow(Terminal.Cell(name), Terminal.Cell(value));
        return facts;
    }

    private static Table Attempts(DeadLetterDetail letter)
    {
        var attempts = new Table().Border(TableBorder.Simple).AddColumns("ATTEMPT", "AT (UTC)", "TOOK", "STATUS", "DETAIL");
        foreach (var attempt in letter.History)
        {
            attempts.AddRow(
                Terminal.Cell(attempt.IsOfOthers ? "-" : attempt.Number.ToString(CultureInfo.InvariantCulture)), Terminal.Cell(Rfc3339.Format(attempt.At)), Terminal.Cell($"{attempt.DurationMs} ms"),
                Terminal.Cell(attempt.Status?.ToString(CultureInfo.InvariantCulture) ?? attempt.Error), Terminal.Cell(attempt.Detail));
        }

        return attempts;
    }
}
