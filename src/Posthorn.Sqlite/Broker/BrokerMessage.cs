using Posthorn.Queues;

namespace Posthorn.Sqlite.Broker;

/// <summary>A message as Azure Service Bus shows it to a receiver: peeked, or under lock.</summary>
public sealed record BrokerMessage
{
    /// <summary>The message; a session's has the session's id as its ordering key.</summary>
    public required QueueMessage Message { get; init; }

    /// <summary>The number by which it is peeked, cancelled and received when it is deferred.</summary>
    public required long SequenceNumber { get; init; }

    /// <summary>When it first came onto the queue.</summary>
    public required DateTimeOffset EnqueuedAt { get; init; }

    /// <summary>Times it was received, this one included, or, when it is peeked, but for the one under way; of a dead letter, those before its death too.</summary>
    public required int DeliveryCount { get; init; }

    /// <summary>What deliveries by the worker have gone through.</summary>
    public required DeliveryProgress Progress { get; init; }

    /// <summary>Whether it may be received now.</summary>
    public required BrokerMessageState State { get; init; }

    /// <summary>When a scheduled one is due; null of any other.</summary>
    public DateTimeOffset? DueAt { get; init; }

    /// <summary>Why it is dead; null of a message of the queue itself.</summary>
    public BrokerDeath? Death { get; init; }

    /// <summary>The lock it was received by; null of one that was peeked.</summary>
    public BrokerLock? Lock { get; init; }
}

/// <summary>The states of Azure Service Bus.</summary>
public enum BrokerMessageState
{
    /// <summary>Received by whoever asks next; or locked.</summary>
    Active,

    /// <summary>Received only by its number.</summary>
    Deferred,

    /// <summary>Not received before its time.</summary>
    Scheduled,
}

/// <summary>A receiver's hold on a message.</summary>
/// <param name="Token">What it is settled by.</param>
/// <param name="Until">When it ends, unless renewed; of a session's message, when the session's does.</param>
public sealed record BrokerLock(LockToken Token, DateTimeOffset Until);

/// <summary>How a message died.</summary>
/// <param name="Reason">Why.</param>
/// <param name="Description">What the last attempt met.</param>
/// <param name="At">When.</param>
public sealed record BrokerDeath(DeadLetterReason Reason, string Description, DateTimeOffset At);

/// <summary>What messages are received from.</summary>
public enum BrokerEntity
{
    /// <summary>The queue itself.</summary>
    Queue,

    /// <summary>Its dead-letter sub-queue.</summary>
    DeadLetters,
}
