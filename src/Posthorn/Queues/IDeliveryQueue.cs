namespace Posthorn.Queues;

/// <summary>
/// A durable queue with the semantics of Azure Service Bus peek-lock. Every member may throw
/// <see cref="QueueUnavailableException"/>; nothing is half done then.
/// </summary>
public interface IDeliveryQueue
{
    /// <summary>
    /// Puts the messages on the queue, all or none; durable when the task completes. A message id seen within the
    /// duplicate-detection window is not added again. One id with two fingerprints is a conflict, and then nothing is added.
    /// </summary>
    /// <returns>One outcome a message, in order.</returns>
    Task<IReadOnlyList<EnqueueOutcome>> EnqueueAsync(IReadOnlyList<QueueMessage> messages, CancellationToken cancellationToken);

    /// <summary>
    /// Leases due messages, waiting at most <paramref name="maxWait"/> for the first. Replayed ones come after all others that are due, so
    /// that a storm of them delays nobody; a broker that cannot choose puts those beyond <paramref name="maxReplayed"/> back for a while.
    /// </summary>
    /// <param name="max">How many.</param>
    /// <param name="maxReplayed">How many of them may have come back from the dead-letter queue.</param>
    /// <param name="maxWait">How long to wait for the first.</param>
    /// <param name="cancellationToken">Stops the waiting.</param>
    /// <returns>The leases, possibly fewer than asked for, or none.</returns>
    Task<IReadOnlyList<ILease>> ReceiveAsync(int max, int maxReplayed, TimeSpan maxWait, CancellationToken cancellationToken);

    /// <summary>Asks whether the queue can be reached; cheap, however much is on it.</summary>
    Task PingAsync(CancellationToken cancellationToken);

    /// <summary>Counts what is on the queue.</summary>
    Task<QueueCounts> CountAsync(CancellationToken cancellationToken);
}

/// <summary>Short forms of what a queue is asked.</summary>
public static class DeliveryQueueExtensions
{
    /// <summary>Leases due messages, replayed or not, waiting at most <paramref name="maxWait"/> for the first.</summary>
    public static Task<IReadOnlyList<ILease>> ReceiveAsync(this IDeliveryQueue queue, int max, TimeSpan maxWait, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(queue);
        return queue.ReceiveAsync(max, max, maxWait, cancellationToken);
    }
}

/// <summary>What became of one message of a batch.</summary>
public enum EnqueueOutcome
{
    /// <summary>On the queue, durably; unless another one of the batch is a <see cref="Conflict"/>, and then not.</summary>
    Accepted,

    /// <summary>The same id and fingerprint were accepted before, within the window: nothing to do.</summary>
    Duplicate,

    /// <summary>The same id came before with another fingerprint: the whole batch is refused.</summary>
    Conflict,
}

/// <summary>How many messages are in which state; null where the queue cannot tell.</summary>
/// <param name="Active">Due now and not leased.</param>
/// <param name="Scheduled">Waiting for their due time.</param>
/// <param name="Locked">Leased.</param>
/// <param name="Dead">In the dead-letter sub-queue.</param>
/// <param name="OldestAge">How long the oldest message that is not dead has been on the queue; null when there is none.</param>
public sealed record QueueCounts(long? Active, long? Scheduled, long? Locked, long? Dead, TimeSpan? OldestAge);
