using Azure.Messaging.ServiceBus;

namespace Posthorn.ServiceBusDouble;

/// <summary>One message that an entity holds. Whoever changes it holds the namespace's gate.</summary>
internal sealed class StoredMessage(WireMessage content)
{
    public WireMessage Content { get; } = content;

    public long Size { get; private set; } = MessageSize.Of(content);

    public long Sequence { get; set; }

    public DateTimeOffset EnqueuedAt { get; set; }

    /// <summary>Deliveries that came to nothing.</summary>
    public int Failures { get; set; }

    public bool IsScheduled { get; set; }

    public bool IsDeferred { get; set; }

    public MessageLock? Lock { get; set; }

    /// <summary>The transaction that settles it when it commits.</summary>
    public BrokerTransaction? Claim { get; set; }

    public string? DeadLetterSource { get; set; }

    public DateTimeOffset ExpiresAt =>
        Content.TimeToLive >= DateTimeOffset.MaxValue - EnqueuedAt ? DateTimeOffset.MaxValue : EnqueuedAt + Content.TimeToLive;

    private ServiceBusMessageState State =>
        IsScheduled ? ServiceBusMessageState.Scheduled : IsDeferred ? ServiceBusMessageState.Deferred : ServiceBusMessageState.Active;

    /// <summary>Puts properties over those it has.</summary>
    public void Modify(IReadOnlyDictionary<string, object> properties)
    {
        foreach (var (name, value) in properties) Content.Properties[name] = value;
        Size = MessageSize.Of(Content);
    }

    public ServiceBusReceivedMessage Peeked() => View(Failures, Guid.Empty, default);

    /// <summary>As its receiver gets it: this delivery counts, as the SDK adds it to what the broker says.</summary>
    public ServiceBusReceivedMessage Delivered(Guid token, DateTimeOffset until) => View(Failures + 1, token, until);

    private ServiceBusReceivedMessage View(int deliveries, Guid token, DateTimeOffset until) => new(Content.Copy())
    {
        DeliveryCount = deliveries,
        LockTokenGuid = token,
        LockedUntil = until,
        SequenceNumber = Sequence,
        DeadLetterSource = DeadLetterSource,
        EnqueuedTime = EnqueuedAt,
        State = State,
    };
}

/// <summary>One receiver's hold on one message.</summary>
/// <param name="Token">What the receiver settles it by.</param>
/// <param name="Until">When it ends; of a session's message the end of time, as the session's own lock decides.</param>
/// <param name="Link">Whose it is.</param>
internal sealed record MessageLock(Guid Token, DateTimeOffset Until, ReceiverLink Link);
