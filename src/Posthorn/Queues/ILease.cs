namespace Posthorn.Queues;

/// <summary>
/// One message, locked for this receiver until <see cref="LockedUntil"/>. It is settled once: completed, retried, postponed,
/// dead-lettered or abandoned. Settling or renewing after the lock is gone throws <see cref="LockLostException"/>.
/// </summary>
public interface ILease
{
    /// <summary>The most messages that one can be replaced by.</summary>
    const int MaxReplacements = 90;

    /// <summary>The message as it was put on the queue.</summary>
    QueueMessage Message { get; }

    /// <summary>The queue's own number for the message.</summary>
    long SequenceNumber { get; }

    /// <summary>Times this copy was leased, this one included. It grows with crashes and lost locks, not with retries.</summary>
    int DeliveryCount { get; }

    /// <summary>When the message first came onto the queue.</summary>
    DateTimeOffset EnqueuedAt { get; }

    /// <summary>When the lock ends, unless renewed.</summary>
    DateTimeOffset LockedUntil { get; }

    /// <summary>What deliveries of this envelope have gone through so far.</summary>
    DeliveryProgress Progress { get; }

    /// <summary>Removes the message: it is done.</summary>
    Task CompleteAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Puts the message back for <paramref name="dueAt"/> and spends an attempt, atomically with the removal of this copy.
    /// </summary>
    Task RetryAsync(DateTimeOffset dueAt, AttemptRecord attempt, CancellationToken cancellationToken);

    /// <summary>Puts the message back for <paramref name="until"/> without spending an attempt, atomically as above.</summary>
    Task PostponeAsync(DateTimeOffset until, CancellationToken cancellationToken);

    /// <summary>
    /// Puts these messages on the queue in place of this one, atomically: a crash leaves either this message or all of those. Their
    /// ids must be new; at most <see cref="MaxReplacements"/> (Azure Service Bus: 100 messages in one transaction).
    /// </summary>
    Task ReplaceAsync(IReadOnlyList<QueueMessage> messages, CancellationToken cancellationToken);

    /// <summary>Moves the message to the dead-letter sub-queue, with the attempt that led there when there was one.</summary>
    Task DeadLetterAsync(DeadLetterReason reason, string description, AttemptRecord? attempt, CancellationToken cancellationToken);

    /// <summary>Gives the lock back: the message is due again at once, and its delivery count stays spent.</summary>
    Task AbandonAsync(CancellationToken cancellationToken);

    /// <summary>Extends the lock by the queue's lock duration from now.</summary>
    Task RenewAsync(CancellationToken cancellationToken);
}
