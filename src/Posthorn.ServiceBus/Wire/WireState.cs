using Posthorn.Queues;

namespace Posthorn.ServiceBus.Wire;

/// <summary>What of a message changes from copy to copy.</summary>
internal sealed record WireState
{
    /// <summary>What deliveries have gone through.</summary>
    public DeliveryProgress Progress { get; init; } = DeliveryProgress.None;

    /// <summary>When the first copy came onto the queue; null on the first.</summary>
    public DateTimeOffset? EnqueuedAt { get; init; }

    /// <summary>Of one that is to be buried at once, why it is dead.</summary>
    public WireDeath? Death { get; init; }
}

/// <summary>A death as it travels with a message.</summary>
/// <param name="Reason">Why.</param>
/// <param name="Description">What the last attempt met.</param>
/// <param name="At">When.</param>
/// <param name="DeliveryCount">Times the last copy was leased.</param>
internal sealed record WireDeath(DeadLetterReason Reason, string Description, DateTimeOffset At, int DeliveryCount);
