using System.Net;
using Posthorn.Queues;

namespace Posthorn.Client;

/// <summary>A notification was not handed over. The message never holds a secret or a payload.</summary>
public abstract class PosthornException(string message, Exception? innerException = null) : Exception(message, innerException);

/// <summary>It is not accepted as it is, and none of its call's; trying again changes nothing.</summary>
public sealed class PosthornRejectedException(HttpStatusCode status, string detail, IReadOnlyList<RejectionFault> faults)
    : PosthornException(Sentence(status, detail, faults))
{
    private const int MaxShown = 10;

    /// <summary>The answer's status: 400 for faults, 401 for the API key, 409 for an id with another body, 413 for too much. Direct mode says 400 or 413.</summary>
    public HttpStatusCode Status { get; } = status;

    /// <summary>What the answer says in one line.</summary>
    public string Detail { get; } = detail;

    /// <summary>Every fault found, with its place; none when the status says it all.</summary>
    public IReadOnlyList<RejectionFault> Faults { get; } = faults;

    private static string Sentence(HttpStatusCode status, string detail, IReadOnlyList<RejectionFault> faults)
    {
        var shown = string.Join("; ", faults.Take(MaxShown));
        return $"Rejected ({(int)status}): {detail}{(shown.Length > 0 ? $" {shown}" : "")}{(faults.Count > MaxShown ? $"; and {faults.Count - MaxShown} more" : "")}";
    }
}

/// <summary>One thing that is wrong with what was handed over.</summary>
/// <param name="Path">Where: a JSON path such as <c>$.destination.url</c>, or <c>$[3].type</c> in a list.</param>
/// <param name="Detail">What is wrong there, and what is accepted.</param>
public sealed record RejectionFault(string Path, string Detail)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Path}: {Detail}";
}

/// <summary>
/// The worker could not be reached, or could not take it, through every try. Whether a lost answer was a yes is not known; the same
/// envelope under the same id may be handed over again, and is accepted once.
/// </summary>
public sealed class PosthornUnavailableException(Uri server, int tries, string lastTry, IReadOnlyList<string> ids, Exception? innerException = null)
    : PosthornException($"{server} did not accept it in {tries} {(tries == 1 ? "try" : "tries")}; the last one: {lastTry}", innerException)
{
    /// <summary>How often it was tried.</summary>
    public int Tries { get; } = tries;

    /// <summary>The ids that were handed over, made ones too.</summary>
    public IReadOnlyList<string> Ids { get; } = ids;
}

/// <summary>Direct mode gave up. What is not listed was delivered.</summary>
public sealed class PosthornUndeliverableException(IReadOnlyList<UndeliveredNotification> undelivered)
    : PosthornException("Not delivered: " + string.Join("; ", undelivered))
{
    /// <summary>Everything that was not delivered.</summary>
    public IReadOnlyList<UndeliveredNotification> Undelivered { get; } = undelivered;
}

/// <summary>One notification that direct mode gave up.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Destination">Its URL as it may be shown.</param>
/// <param name="Reason">What a worker would dead-letter it for.</param>
/// <param name="Description">What the last attempt met, in one line.</param>
public sealed record UndeliveredNotification(string Id, string Destination, DeadLetterReason Reason, string Description)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Id} to {Destination}: {Reason}: {Description}";
}
