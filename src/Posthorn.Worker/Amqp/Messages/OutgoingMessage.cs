using Posthorn.Amqp.Messages;
using Posthorn.Amqp.Types;
using Posthorn.Envelopes;
using Posthorn.Queues;
using Posthorn.Sqlite.Broker;

namespace Posthorn.Worker.Amqp.Messages;

/// <summary>A message of the queue as a receiver gets it: as its producer sent it, or by the table of the README when it came otherwise.</summary>
internal static class OutgoingMessage
{
    /// <summary>The application property with the reason of a dead letter.</summary>
    public const string DeathReason = "DeadLetterReason";

    /// <summary>The application property with its description.</summary>
    public const string DeathDescription = "DeadLetterErrorDescription";

    private const int LongestGroup = 128; // Azure Service Bus: SessionId.

    /// <summary>Whether an application property is one that the broker adds to a dead letter.</summary>
    public static bool IsOfDeath(string name) => name is DeathReason or DeathDescription;

    /// <summary>Writes it; the caller disposes of the builder.</summary>
    public static MessageBuilder Write(QueueMessage message, MessageFacts facts)
    {
        var builder = new MessageBuilder();
        var wire = WireForm.Read(message);
        builder.Header(Header(message, wire?.Header, facts));
        builder.DeliveryAnnotations(facts.LockToken is { } token ? new AmqpMap { { Annotations.LockToken, token } } : null);
        builder.MessageAnnotations(AnnotationsOf(wire?.MessageAnnotations, facts));
        Write(builder, message, wire, facts.Death is { } death ? new AmqpMap { { DeathReason, death.Reason }, { DeathDescription, death.Description } } : null);
        return builder;
    }

    /// <summary>Writes it without what the broker says of it; the caller disposes of the builder.</summary>
    public static MessageBuilder WriteSent(QueueMessage message, AmqpMap changes)
    {
        var builder = new MessageBuilder();
        var wire = WireForm.Read(message);
        if (wire?.Header is { } header) builder.Header(header);
        builder.MessageAnnotations(wire?.MessageAnnotations);
        Write(builder, message, wire, changes);
        return builder;
    }

    private static void Write(MessageBuilder builder, QueueMessage message, AmqpMessage? wire, AmqpMap? changes)
    {
        var hasBody = wire is not null && HasBody(wire);
        if (wire is null || changes is not null) WriteHead(builder, message, wire, changes);
        else if (hasBody) builder.Bare(wire.Bare.Span);
        else builder.Head(wire.Head.Span);
        if (!hasBody) builder.Data(message.Body.Span);
        else if (wire is not null && changes is not null) WireForm.WriteBody(builder, wire);
        builder.Footer(wire?.Footer);
    }

    private static bool HasBody(AmqpMessage wire) => wire.HasValue || wire.HasSequences || wire.Data.Count > 0;

    private static MessageHeader Header(QueueMessage message, MessageHeader? sent, MessageFacts facts) => (sent ?? new MessageHeader { Durable = true }) with
    {
        DeliveryCount = (uint)facts.DeliveryCount,
        TimeToLive = sent?.TimeToLive ?? (message.ExpiresAt is { } end ? (uint)Math.Clamp((end - facts.EnqueuedAt).TotalMilliseconds, 0, uint.MaxValue) : null),
    };

    private static AmqpMap AnnotationsOf(AmqpMap? sent, MessageFacts facts)
    {
        var annotations = new AmqpMap
        {
            { Annotations.SequenceNumber, facts.SequenceNumber },
            { Annotations.EnqueuedSequenceNumber, facts.SequenceNumber },
            { Annotations.EnqueuedTime, AmqpTimestamp.From(EnqueuedAt(sent, facts)) },
            { Annotations.State, StateOf(facts.State) },
        };
        if (facts.LockedUntil is { } end) annotations.Add(Annotations.LockedUntil, AmqpTimestamp.From(end));
        if (facts.Death is { } death) annotations.Add(Annotations.DeadLetterSource, death.Source);
        foreach (var (name, value) in sent ?? []) annotations.TryAdd(name, value);
        if (facts.DueAt is { } due) annotations.TryAdd(Annotations.ScheduledEnqueueTime, AmqpTimestamp.From(due));
        return annotations;
    }

    /// <summary>What was scheduled counts as enqueued at its time.</summary>
    private static DateTimeOffset EnqueuedAt(AmqpMap? sent, MessageFacts facts)
    {
        var due = facts.DueAt ?? (sent is not null && sent.TryGet<AmqpTimestamp>(Annotations.ScheduledEnqueueTime, out var time) ? time.ToDateTimeOffset() : DateTimeOffset.MinValue);
        return due > facts.EnqueuedAt ? due : facts.EnqueuedAt;
    }

    /// <summary>The number that a state has on the wire.</summary>
    private static int StateOf(BrokerMessageState state) => state switch
    {
        BrokerMessageState.Deferred => 1,
        BrokerMessageState.Scheduled => 2,
        _ => 0,
    };

    private static void WriteHead(MessageBuilder builder, QueueMessage message, AmqpMessage? wire, AmqpMap? changes)
    {
        var properties = wire is null ? PropertiesOf(message) : wire.Properties;
        if (properties is not null) builder.Properties(properties);
        var own = wire is null ? ApplicationProperties(message) : wire.ApplicationProperties ?? [];
        foreach (var (name, value) in changes ?? []) own[name] = value;
        builder.ApplicationProperties(own);
    }

    private static MessageProperties PropertiesOf(QueueMessage message) => new()
    {
        MessageId = message.MessageId,
        Subject = message.Properties.GetValueOrDefault(EnvelopeProperties.Type),
        CorrelationId = message.Properties.GetValueOrDefault(EnvelopeProperties.Subject),
        ContentType = message.ContentType is { } type && System.Text.Ascii.IsValid(type) ? new Symbol(type) : (Symbol?)null,
        GroupId = message.OrderingKey is { Length: <= LongestGroup } key ? key : null,
    };

    private static AmqpMap ApplicationProperties(QueueMessage message)
    {
        var properties = new AmqpMap();
        foreach (var (name, value) in message.Properties)
            if (name is not (EnvelopeProperties.Type or EnvelopeProperties.Subject or WireForm.Property)) properties.Add(name, value);
        return properties;
    }
}
