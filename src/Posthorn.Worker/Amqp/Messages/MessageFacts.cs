using Posthorn.Queues;

namespace Posthorn.Worker.Amqp.Messages;

/// <summary>What the broker says of a message that it gives out.</summary>
internal sealed record MessageFacts
{
    /// <summary>Its number.</summary>
    public required long SequenceNumber { get; init; }

    /// <summary>When it came onto the queue; of one that is scheduled, when it will have.</summary>
    public required DateTimeOffset EnqueuedAt { get; init; }

    /// <summary>How often it was given out before.</summary>
    public required int DeliveryCount { get; init; }

    /// <summary>Until when it is locked; null when it is not.</summary>
    public DateTimeOffset? LockedUntil { get; init; }

    /// <summary>Its state.</summary>
    public MessageState State { get; init; }

    /// <summary>Why it is dead; null of one that is not.</summary>
    public Death? Death { get; init; }

    /// <summary>What is said of a lease.</summary>
    public static MessageFacts Of(ILease lease) => new()
    {
        SequenceNumber = lease.SequenceNumber,
        EnqueuedAt = lease.EnqueuedAt,
        DeliveryCount = Math.Max(lease.DeliveryCount - 1, 0),
        LockedUntil = lease.LockedUntil,
    };
}

/// <summary>The states of a message, with the numbers that they have on the wire.</summary>
internal enum MessageState
{
    /// <summary>It may be received.</summary>
    Active = 0,

    /// <summary>It is received by its number only.</summary>
    Deferred = 1,

    /// <summary>It waits for its time.</summary>
    Scheduled = 2,
}

/// <summary>Why a message is dead.</summary>
/// <param name="Reason">The reason.</param>
/// <param name="Description">What the last attempt met.</param>
/// <param name="Source">The queue that it was on.</param>
internal sealed record Death(string Reason, string Description, string Source);
