using Posthorn.Sqlite.Broker;

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

    /// <summary>What it is settled by, where no delivery has a tag that says so.</summary>
    public Guid? LockToken { get; init; }

    /// <summary>When it is due, of one that is scheduled.</summary>
    public DateTimeOffset? DueAt { get; init; }

    /// <summary>Its state.</summary>
    public BrokerMessageState State { get; init; }

    /// <summary>Why it is dead; null of one that is not.</summary>
    public Death? Death { get; init; }

    /// <summary>What is said of a message.</summary>
    /// <param name="message">The message.</param>
    /// <param name="queue">The queue's name.</param>
    public static MessageFacts Of(BrokerMessage message, string queue) => new()
    {
        SequenceNumber = message.SequenceNumber,
        EnqueuedAt = message.EnqueuedAt,
        DeliveryCount = Math.Max(message.DeliveryCount - (message.Lock is null ? 0 : 1), 0), // The SDKs add the one under way.
        LockedUntil = message.Lock?.Until,
        DueAt = message.DueAt,
        State = message.State,
        Death = message.Death is { } death ? new Death(death.Reason.Name, death.Description, queue) : null,
    };
}

/// <summary>Why a message is dead.</summary>
/// <param name="Reason">The reason.</param>
/// <param name="Description">What the last attempt met.</param>
/// <param name="Source">The queue that it was on.</param>
internal sealed record Death(string Reason, string Description, string Source);
