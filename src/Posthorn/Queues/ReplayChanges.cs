namespace Posthorn.Queues;

/// <summary>What is different about dead letters that are put back; what is not named stays as it was.</summary>
public sealed record ReplayChanges
{
    /// <summary>Nothing is different.</summary>
    public static ReplayChanges None { get; } = new();

    /// <summary>
    /// The run that puts them back: they carry it as <see cref="Envelopes.EnvelopeProperties.ReplayRun"/>, and
    /// <see cref="IDeadLetterQueue.FollowAsync"/> tells what became of them. Null takes the mark of an earlier run away.
    /// </summary>
    public string? Run { get; init; }

    /// <summary>The deadline they get, as <see cref="Envelopes.EnvelopeProperties.ExpiresAt"/>.</summary>
    public DateTimeOffset? Deadline { get; init; }

    /// <summary>Where they go this once instead of their own destination. Null: to their own, also after they had gone elsewhere.</summary>
    public Elsewhere? To { get; init; }

    /// <summary>The message that goes in place of the one dead letter: its body, content type and properties.</summary>
    public QueueMessage? Instead { get; init; }
}

/// <summary>Another place than an envelope's own destination.</summary>
/// <param name="Url">The URL as it may be shown: without user name and query.</param>
/// <param name="Sealed">The whole URL, sealed, when it has a query, as that may hold a secret.</param>
public sealed record Elsewhere(string Url, string? Sealed);

/// <summary>What became of the messages of a run, of those that have not left the queue.</summary>
/// <param name="Waiting">On the queue, and not tried since.</param>
/// <param name="Retrying">Tried, failed, and on the queue for another attempt.</param>
/// <param name="DeadAgain">Dead again; also those that were deleted since, or put back by another run.</param>
public sealed record RunRemains(long Waiting, long Retrying, long DeadAgain);
