using System.Globalization;
using Azure.Messaging.ServiceBus;
using Posthorn.Envelopes;
using Posthorn.Queues;

namespace Posthorn.ServiceBus.Wire;

/// <summary>Reads what lies on the broker; nothing that any producer can write makes it throw.</summary>
internal static class MessageReader
{
    /// <summary>No count is read as more.</summary>
    public const int MostCounted = 1_000_000;

    private static readonly long LastTime = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();

    /// <summary>The message as the engine knows it.</summary>
    public static QueueMessage Message(ServiceBusReceivedMessage received) => new()
    {
        MessageId = Text(received, WireProperties.MessageId) is { Length: > 0 } id ? MessageIds.Bounded(id) : (string.IsNullOrEmpty(received.MessageId) ? received.SequenceNumber.ToString(CultureInfo.InvariantCulture) : received.MessageId),
        Body = Body(received),
        ContentType = Text(received, WireProperties.ContentType) ?? received.ContentType,
        Properties = Properties(received),
        ExpiresAt = received.TimeToLive == TimeSpan.MaxValue || received.ExpiresAt == DateTimeOffset.MaxValue ? null : received.ExpiresAt,
        OrderingKey = Text(received, WireProperties.OrderingKey) is { } key ? (key.Length == 0 ? null : key) : (string.IsNullOrEmpty(received.SessionId) ? null : received.SessionId),
    };

    /// <summary>What of it changes from copy to copy.</summary>
    public static WireState State(ServiceBusReceivedMessage received) => new()
    {
        EnqueuedAt = Time(received, WireProperties.EnqueuedAt) ?? received.EnqueuedTime,
        Progress = new DeliveryProgress
        {
            AttemptsMade = Count(received, WireProperties.AttemptsMade) ?? 0,
            Postponements = Count(received, WireProperties.Postponements) ?? 0,
            Replays = Count(received, WireProperties.Replays) ?? 0,
            Attempts = DeliveryProgress.AttemptsFromJson(Text(received, WireProperties.Attempts)),
        },
        Death = Death(received),
    };

    /// <summary>A count, never negative and never absurd; null when there is none.</summary>
    public static int? Count(ServiceBusReceivedMessage received, string name) => Number(received, name) is { } number ? (int)Math.Clamp(number, 0, MostCounted) : null;

    /// <summary>A time within the calendar; null when there is none.</summary>
    public static DateTimeOffset? Time(ServiceBusReceivedMessage received, string name) =>
        Number(received, name) is { } number ? DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(number, 0, LastTime)) : null;

    /// <summary>A text; null when there is none.</summary>
    public static string? Text(ServiceBusReceivedMessage received, string name) => received.ApplicationProperties.TryGetValue(name, out var value) ? value as string : null;

    private static WireDeath? Death(ServiceBusReceivedMessage received) => Text(received, WireProperties.DeadReason) is not { } reason ? null : new WireDeath(
        new DeadLetterReason(DeadLetterReason.Bounded(reason)), DeadLetterReason.Bounded(Text(received, WireProperties.DeadDescription) ?? ""), Time(received, WireProperties.DeadAt) ?? received.EnqueuedTime,
        Count(received, WireProperties.DeadDeliveryCount) ?? received.DeliveryCount);

    private static long? Number(ServiceBusReceivedMessage received, string name) => received.ApplicationProperties.GetValueOrDefault(name) switch
    {
        int number => number,
        long number => number,
        short number => number,
        byte number => number,
        _ => null,
    };

    /// <summary>The body; none when it is an AMQP value or sequence, which no envelope is.</summary>
    private static ReadOnlyMemory<byte> Body(ServiceBusReceivedMessage received)
    {
        try
        {
            return received.Body.ToMemory();
        }
        catch (NotSupportedException)
        {
            return default;
        }
    }

    private static Dictionary<string, string> Properties(ServiceBusReceivedMessage received)
    {
        var properties = new Dictionary<string, string>(received.ApplicationProperties.Count + 2, StringComparer.Ordinal);
        if (received.Subject is { } type) properties[EnvelopeProperties.Type] = type;
        if (received.CorrelationId is { } subject) properties[EnvelopeProperties.Subject] = subject;
        foreach (var (name, value) in received.ApplicationProperties)
            if (!name.StartsWith(WireProperties.Prefix, StringComparison.Ordinal) && !WireProperties.IsBrokers(name) && Text(value) is { } text) properties[name] = text;
        return properties;
    }

    /// <summary>A producer may write a property as the AMQP type that comes to hand.</summary>
    private static string? Text(object? value) => value switch
    {
        null => null,
        string text => text,
        bool flag => flag ? "1" : "0", // As envelope properties write it.
        DateTimeOffset time => Rfc3339.Format(time),
        DateTime time => Rfc3339.Format(new DateTimeOffset(time.ToUniversalTime())),
        Uri url => url.OriginalString,
        IFormattable formattable => formattable.ToString(format: null, CultureInfo.InvariantCulture),
        _ => null,
    };
}
