using Posthorn.Queues;

namespace Posthorn.DeadLetters.Filtering;

/// <summary>A field, and how its terms are read.</summary>
internal sealed record FieldReader(FilterField Field, Func<TermText, DateTimeOffset, TermTest> Read)
{
    private const string Where = "where";

    /// <summary>All of them, in the order in which help shows them.</summary>
    public static IReadOnlyList<FieldReader> All { get; } =
    [
        Name("reason", "Why it is dead: a reason, or a pattern with * for any characters", "Expired", NamePattern.Reasons, letter => letter.Reason.Name),
        Status("status", "The HTTP status of the last attempt: one, a range such as 500-599, or a class such as 5xx", "503"),
        Name("error", "What the last attempt met in place of an answer: an error, or a pattern", "Timeout", NamePattern.Errors, letter => letter.Last.Error),
        Destination("destination", "A host, with *. in front for all below it, or the beginning of a URL, with or without scheme and port", "example.com/hooks"),
        Text("endpoint", "The registered endpoint's id; * stands for any characters", "ep_payments", letter => letter.Facts.EndpointId),
        Text("type", "The event type; * stands for any characters", "job.*", letter => letter.Facts.Type),
        Text("profile", "The profile's name; * stands for any characters", "standard", letter => letter.Facts.Profile),
        Text("tenant", "The tenant; * stands for any characters", "acme", letter => letter.Facts.Tenant),
        Text("subject", "The subject; * stands for any characters", "batch-*", letter => letter.Facts.Subject),
        Id("id", "The id of the envelope, the delivery or the message; * stands for any characters", "evt_1"),
        Number("sequence", "The sequence number: one, or a range such as 10..20, 10.. or ..20", "10..20", letter => letter.Sequence),
        Number("attempts", "How many attempts were made: 3, >=3, <3, !=3 or 3..5", ">=3", letter => letter.AttemptsMade),
        Number("replays", "How often it was replayed before: 0, >=1 or 1..3", "0", letter => letter.Replays),
        Text("run", "The run that put it back last; * stands for any characters", "run_4k2m9x7q1c5z", letter => letter.Run),
        Time("since", "Dead since then: a time, a date (UTC), or a duration before now such as 30s, 15m, 2h, 3d, 1w, 1h30m", "2h", (died, asked) => died >= asked),
        Time("until", "Dead before then: a time, a date (UTC), or a duration before now", "2026-03-21T15:30:00Z", (died, asked) => died < asked),
        new(
            new FilterField(Where, "What its JSON payload says: paths compared by == != < <= > >=, with &&, ||, ! and parentheses", "data.status == \"failed\""),
            (text, _) => new TermTest.OfPayload(text.Term, PayloadExpressionReader.Read(text))),
    ];

    /// <summary>Reads a term.</summary>
    /// <exception cref="FilterException">It cannot be read.</exception>
    public static TermTest ReadTerm(FilterTerm term, DateTimeOffset now)
    {
        var reader = All.FirstOrDefault(reader => reader.Field.Name == term.Name) ?? throw FilterException.UnknownName(term);
        var text = new TermText(term, reader.Field.Example);
        text.Check(mayHaveLines: term.Name == Where);
        return reader.Read(text, now);
    }

    private static FieldReader Name(string name, string description, string example, IReadOnlyList<string> names, Func<DeadLetterSummary, string?> value) =>
        new(new FilterField(name, description, example), (text, _) =>
        {
            var pattern = NamePattern.Read(text, names, name);
            return new TermTest.OfSummary(text.Term, Cost.Text, letter => pattern.Matches(value(letter)));
        });

    private static FieldReader Text(string name, string description, string example, Func<DeadLetterSummary, string?> value) =>
        new(new FilterField(name, description, example), (text, _) =>
        {
            var pattern = new TextPattern(text.Value, StringComparison.Ordinal);
            return new TermTest.OfSummary(text.Term, Cost.Text, letter => pattern.Matches(value(letter)));
        });

    private static FieldReader Id(string name, string description, string example) =>
        new(new FilterField(name, description, example), (text, _) =>
        {
            var pattern = new TextPattern(text.Value, StringComparison.Ordinal);
            return new TermTest.OfSummary(
                text.Term,
                Cost.Parts,
                letter => pattern.Matches(letter.Facts.Id) || pattern.Matches(letter.MessageId) || IsDelivery(pattern, letter.Facts));
        });

    private static FieldReader Number(string name, string description, string example, Func<DeadLetterSummary, long> value) =>
        new(new FilterField(name, description, example), (text, _) =>
        {
            var range = NumberRange.Read(text);
            return new TermTest.OfSummary(text.Term, Cost.Number, letter => range.Contains(value(letter)));
        });

    private static FieldReader Status(string name, string description, string example) =>
        new(new FilterField(name, description, example), (text, _) =>
        {
            var range = StatusRange.Read(text);
            return new TermTest.OfSummary(text.Term, Cost.Number, letter => range.Contains(letter.Last.Status));
        });

    private static FieldReader Time(string name, string description, string example, Func<DateTimeOffset, DateTimeOffset, bool> isMeant) =>
        new(new FilterField(name, description, example), (text, now) =>
        {
            var (asked, term) = TimePoint.Read(text, now);
            return new TermTest.OfSummary(term, Cost.Number, letter => isMeant(letter.DeadLetteredAt, asked));
        });

    private static FieldReader Destination(string name, string description, string example) =>
        new(new FilterField(name, description, example), (text, _) =>
        {
            var pattern = DestinationReader.Read(text);
            return new TermTest.OfSummary(text.Term, Cost.Parts, letter => pattern.Matches(letter.Facts.Destination));
        });

    /// <summary>Whether the delivery's id fits. It is put together here without making a string for each of a million.</summary>
    private static bool IsDelivery(TextPattern pattern, DeadLetterFacts facts)
    {
        if (facts.EndpointId is null) return false; // Then it is the envelope's.
        const int Usual = 256;
        Span<char> id = stackalloc char[Usual];
        return id.TryWrite($"{facts.Id}.{facts.EndpointId}", out var length) ? pattern.Matches(id[..length]) : pattern.Matches(facts.DeliveryId);
    }
}
