namespace Posthorn.Queues;

/// <summary>The dead-letter sub-queue. Browsing takes no lock; sequence numbers grow with the time of death.</summary>
public interface IDeadLetterQueue
{
    /// <summary>A page in the order of death.</summary>
    /// <param name="fromSequence">The first sequence number wanted.</param>
    /// <param name="max">The page's size; a broker may give fewer (Azure Service Bus: 250 a call).</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    Task<IReadOnlyList<DeadLetter>> BrowseAsync(long fromSequence, int max, CancellationToken cancellationToken);

    /// <summary>A page without payloads and attempts, for looking through many: cheap per letter where the queue allows it.</summary>
    /// <param name="fromSequence">The first sequence number wanted; in descending order the last one.</param>
    /// <param name="max">The page's size; a broker may give fewer.</param>
    /// <param name="order">In which order, from there.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    Task<IReadOnlyList<DeadLetterSummary>> SummariesAsync(long fromSequence, int max, BrowseOrder order, CancellationToken cancellationToken);

    /// <summary>How many there are.</summary>
    Task<long> CountAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Puts dead letters back on the queue, due now, each as <see cref="MessageIds.Replay"/>: atomic, or idempotent when run
    /// again after a crash. Attempts count afresh; the history stays.
    /// </summary>
    /// <param name="sequences">Which ones; one only when <see cref="ReplayChanges.Instead"/> is given.</param>
    /// <param name="changes">What is different about them.</param>
    /// <param name="cancellationToken">Stops before it has begun.</param>
    /// <returns>The sequence numbers that were put back; one that no longer exists is not among them.</returns>
    Task<IReadOnlyList<long>> ReplayAsync(IReadOnlyList<long> sequences, ReplayChanges changes, CancellationToken cancellationToken);

    /// <summary>Tells what became of the messages that a run has put back. What is not counted has left the queue: delivered, or dropped by its profile's rules.</summary>
    Task<RunRemains> FollowAsync(string run, CancellationToken cancellationToken);

    /// <summary>
    /// Adds dead letters with their whole history, as <see cref="BrowseAsync"/> gave them; each gets a new sequence number. One whose
    /// message (id and time of enqueuing) is in the queue or among the dead letters is not added again.
    /// </summary>
    /// <returns>Whether each was added, in order.</returns>
    Task<IReadOnlyList<bool>> ImportAsync(IReadOnlyList<DeadLetter> letters, CancellationToken cancellationToken);

    /// <summary>Deletes dead letters for good.</summary>
    /// <returns>How many were there to delete.</returns>
    Task<int> PurgeAsync(IReadOnlyList<long> sequences, CancellationToken cancellationToken);
}

/// <summary>In which order dead letters are looked through.</summary>
public enum BrowseOrder
{
    /// <summary>The oldest first.</summary>
    Ascending,

    /// <summary>The newest first.</summary>
    Descending,
}

/// <summary>One dead letter with its whole history.</summary>
public sealed record DeadLetter
{
    /// <summary>Its number in the dead-letter sub-queue.</summary>
    public required long Sequence { get; init; }

    /// <summary>The message as it was.</summary>
    public required QueueMessage Message { get; init; }

    /// <summary>Why.</summary>
    public required DeadLetterReason Reason { get; init; }

    /// <summary>What the last attempt met, in one line.</summary>
    public required string Description { get; init; }

    /// <summary>When the message first came onto the queue.</summary>
    public required DateTimeOffset EnqueuedAt { get; init; }

    /// <summary>When it died.</summary>
    public required DateTimeOffset DeadLetteredAt { get; init; }

    /// <summary>Times the last copy was leased.</summary>
    public required int DeliveryCount { get; init; }

    /// <summary>Every attempt.</summary>
    public required DeliveryProgress Progress { get; init; }
}
