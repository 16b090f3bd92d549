using System.Collections.ObjectModel;
using Posthorn.ServiceBusDouble;

namespace Azure.Messaging.ServiceBus;

/// <summary>A message as it was received or peeked: what its sender wrote, and what the broker knew of it at that moment.</summary>
public class ServiceBusReceivedMessage
{
    internal ServiceBusReceivedMessage(WireMessage content)
    {
        Content = content;
        ApplicationProperties = new ReadOnlyDictionary<string, object>(content.Properties);
    }

    public BinaryData Body => Content.Body;

    public string? MessageId => Content.MessageId;

    public string? PartitionKey => Content.PartitionKey;

    public string? TransactionPartitionKey => Content.TransactionPartitionKey;

    public string? SessionId => Content.SessionId;

    public string? ReplyToSessionId => Content.ReplyToSessionId;

    /// <summary>What is in force: the shorter of the sender's and the queue's.</summary>
    public TimeSpan TimeToLive => Content.TimeToLive;

    public string? CorrelationId => Content.CorrelationId;

    public string? Subject => Content.Subject;

    public string? To => Content.To;

    public string? ContentType => Content.ContentType;

    public string? ReplyTo => Content.ReplyTo;

    public DateTimeOffset ScheduledEnqueueTime => Content.ScheduledEnqueueTime;

    public IReadOnlyDictionary<string, object> ApplicationProperties { get; }

    /// <summary>A Guid; all zeros on a message that was peeked.</summary>
    public string LockToken => LockTokenGuid.ToString();

    /// <summary>Deliveries, with this one; of a peeked message those that failed.</summary>
    public int DeliveryCount { get; internal init; }

    /// <summary>Until when this receiver may settle it; a renewal changes it.</summary>
    public DateTimeOffset LockedUntil { get; internal set; }

    /// <summary>The broker's number of it, in the order of arrival.</summary>
    public long SequenceNumber { get; internal init; }

    /// <summary>The queue it was dead-lettered on.</summary>
    public string? DeadLetterSource { get; internal init; }

    /// <summary>Zero, except on a message that was forwarded, which the double does not do.</summary>
    public long EnqueuedSequenceNumber { get; internal init; }

    /// <summary>When it arrived; for a scheduled one when it was sent, and after it became due when that was.</summary>
    public DateTimeOffset EnqueuedTime { get; internal init; }

    public DateTimeOffset ExpiresAt => TimeToLive >= DateTimeOffset.MaxValue - EnqueuedTime ? DateTimeOffset.MaxValue : EnqueuedTime + TimeToLive;

    public string? DeadLetterReason => Text(DeadLetterProperties.Reason);

    public string? DeadLetterErrorDescription => Text(DeadLetterProperties.Description);

    public ServiceBusMessageState State { get; internal init; }

    internal WireMessage Content { get; }

    internal Guid LockTokenGuid { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{{MessageId:{MessageId}}}";

    private string? Text(string property) => ApplicationProperties.TryGetValue(property, out var value) ? value as string : null;
}
