using Posthorn.Amqp.Messages;
using Posthorn.Amqp.Types;
using Posthorn.Envelopes;
using Posthorn.Queues;

namespace Posthorn.Worker.Amqp.Messages;

/// <summary>What a producer sent, as the queue has it: by the table of the README, like what the worker reads from Azure Service Bus.</summary>
internal static class IncomingMessage
{
    private const string WorkersPrefix = "posthorn_";
    private const string OrderingKey = "posthorn_ordering_key";

    /// <summary>The message; whether it is an envelope is judged where it is delivered.</summary>
    public static QueueMessage Read(AmqpMessage message, DateTimeOffset now)
    {
        var properties = message.Properties;
        var own = message.ApplicationProperties;
        // The broker gives an id to what has none, and the SDKs count on it when they settle.
        var given = PropertyText.OfId(properties?.MessageId);
        var made = string.IsNullOrEmpty(given) ? Guid.CreateVersion7(now).ToString("N") : null;
        var dueAt = DueAt(message.MessageAnnotations, now);
        return new QueueMessage
        {
            MessageId = MessageIds.Bounded(made ?? given ?? ""),
            Body = Body(message),
            ContentType = properties?.ContentType?.Value,
            Properties = Properties(properties, own, WireForm.Of(message, made)),
            DueAt = dueAt,
            ExpiresAt = ExpiresAt(message.Header, properties, dueAt ?? now),
            OrderingKey = Key(properties?.GroupId) ?? Key(own?[OrderingKey] as string), // The session is what its receivers ask for.
        };
    }

    private static string? Key(string? key) => string.IsNullOrEmpty(key) ? null : key;

    private static DateTimeOffset? DueAt(AmqpMap? annotations, DateTimeOffset now) =>
        annotations is not null && annotations.TryGet<AmqpTimestamp>(Annotations.ScheduledEnqueueTime, out var time) && time.ToDateTimeOffset() is var due && due > now ? due : null;

    /// <summary>The time to live begins when the message appears; the absolute time is heeded where that is all there is.</summary>
    private static DateTimeOffset? ExpiresAt(MessageHeader? header, MessageProperties? properties, DateTimeOffset from) =>
        header?.TimeToLive is { } ttl ? Later(from, TimeSpan.FromMilliseconds(ttl))
        : properties?.AbsoluteExpiryTime is { } end && end.ToDateTimeOffset() is var time && time < DateTimeOffset.MaxValue.AddDays(-1) ? time
        : null;

    private static DateTimeOffset? Later(DateTimeOffset from, TimeSpan ttl) => DateTimeOffset.MaxValue - from > ttl ? from + ttl : null;

    /// <summary>The body; none when it is an AMQP value or sequence, which no envelope is.</summary>
    private static ReadOnlyMemory<byte> Body(AmqpMessage message) => message.Data switch
    {
        [] => default,
        [var only] => only,
        var several => several.SelectMany(part => part.ToArray()).ToArray(),
    };

    private static Dictionary<string, string> Properties(MessageProperties? properties, AmqpMap? own, string wire)
    {
        var texts = new Dictionary<string, string>((own?.Count ?? 0) + 3, StringComparer.Ordinal);
        if (properties?.Subject is { } type) texts[EnvelopeProperties.Type] = type;
        if (PropertyText.OfId(properties?.CorrelationId) is { } subject) texts[EnvelopeProperties.Subject] = subject;
        foreach (var (name, value) in own ?? [])
            if (name is string text && !IsBrokers(text) && PropertyText.Of(value) is { } written) texts[text] = written;
        texts[WireForm.Property] = wire;
        return texts;
    }

    /// <summary>Whether an application property is none of the envelope's.</summary>
    public static bool IsBrokers(string name) => name.StartsWith(WorkersPrefix, StringComparison.Ordinal) || OutgoingMessage.IsOfDeath(name);
}
