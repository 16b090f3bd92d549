using Posthorn.Queues;

namespace Posthorn.DeadLetters.Filtering;

/// <summary>A term that has been read: the term, with a time that counts from now made absolute, and what it asks of a dead letter.</summary>
internal abstract record TermTest(FilterTerm Term)
{
    /// <summary>Asks the summary.</summary>
    public sealed record OfSummary(FilterTerm Term, Cost Cost, Func<DeadLetterSummary, bool> Matches) : TermTest(Term);

    /// <summary>Asks the payload.</summary>
    public sealed record OfPayload(FilterTerm Term, PayloadExpression Expression) : TermTest(Term);
}

/// <summary>What a test costs: the cheap ones are asked first.</summary>
internal enum Cost
{
    /// <summary>Compares numbers.</summary>
    Number,

    /// <summary>Compares a text.</summary>
    Text,

    /// <summary>Takes a text apart.</summary>
    Parts,
}
