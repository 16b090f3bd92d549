using Posthorn.Queues;

namespace Posthorn.Retrying;

/// <summary>What an attempt's result means for its envelope.</summary>
public abstract record Verdict
{
    private Verdict()
    {
    }

    /// <summary>Done.</summary>
    public sealed record Delivered : Verdict;

    /// <summary>Again, at a later time.</summary>
    /// <param name="DueAt">When.</param>
    public sealed record Retry(DateTimeOffset DueAt) : Verdict;

    /// <summary>Given up, for an operator to see.</summary>
    /// <param name="Reason">Why.</param>
    /// <param name="Description">What the last attempt met, in one line.</param>
    public sealed record DeadLetter(DeadLetterReason Reason, string Description) : Verdict;

    /// <summary>Not wanted any more, and not to be kept: its profile says so.</summary>
    /// <param name="Reason">Why, in one word: <c>Expired</c>, <c>Throttled</c> or <c>Tested</c>.</param>
    /// <param name="Description">Why, in one line.</param>
    public sealed record Drop(string Reason, string Description) : Verdict;
}
