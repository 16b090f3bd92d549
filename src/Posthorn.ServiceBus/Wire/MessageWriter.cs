using System.Security.Cryptography;
using System.Text;
using Azure.Messaging.ServiceBus;
using Posthorn.Envelopes;
using Posthorn.Queues;

namespace Posthorn.ServiceBus.Wire;

/// <summary>Puts messages into the form in which they lie on the broker.</summary>
/// <param name="requiresSessions">Whether every message must belong to a session.</param>
internal sealed class MessageWriter(bool requiresSessions)
{
    /// <summary>Mail without an ordering key is spread over so many sessions, as it would be alone in one.</summary>
    private const int UnkeyedSessions = 64;

    private const string UnkeyedPrefix = "posthorn~";
    private const int LongestSessionId = 128; // Azure Service Bus.
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);

    /// <summary>What a dead letter has that holds its ordering key.</summary>
    public static KeyValuePair<string, object> Holding { get; } = new(WireProperties.DeadHolds, true);

    /// <summary>Whether a session is one of mail without an ordering key.</summary>
    public static bool IsUnkeyed(string sessionId) => sessionId.StartsWith(UnkeyedPrefix, StringComparison.Ordinal);

    /// <summary>A producer's message, as it comes onto the queue.</summary>
    public ServiceBusMessage First(QueueMessage message, DateTimeOffset now)
    {
        var isLater = message.DueAt > now;
        // What is scheduled gets its time of enqueuing from the broker only when it is due.
        return Write(message, BrokerIds.First(message.MessageId), new WireState { EnqueuedAt = isLater ? now : null }, isLater ? message.DueAt : null, now);
    }

    /// <summary>A copy that takes the place of another.</summary>
    /// <param name="message">The message.</param>
    /// <param name="state">What is new about it.</param>
    /// <param name="replaced">The number of the other one.</param>
    /// <param name="dueAt">When it is due; null is now.</param>
    /// <param name="now">Now.</param>
    public ServiceBusMessage Copy(QueueMessage message, WireState state, long replaced, DateTimeOffset? dueAt, DateTimeOffset now) =>
        Write(message, BrokerIds.Copy(message.MessageId, state.Progress, replaced), state, dueAt > now ? dueAt : null, now);

    /// <summary>A dead letter that comes from elsewhere: whoever receives it buries it. In the session of its key it would wait for the others.</summary>
    public ServiceBusMessage Dead(QueueMessage message, WireState state, DateTimeOffset now)
    {
        var written = Write(message with { ExpiresAt = null }, $"{MessageIds.Bounded(message.MessageId)[..Math.Min(message.MessageId.Length, 80)]}.{Guid.NewGuid():N}", state, dueAt: null, now);
        if (requiresSessions) WriteUnkeyed(written, message);
        return written;
    }

    private ServiceBusMessage Write(QueueMessage message, string brokerId, WireState state, DateTimeOffset? dueAt, DateTimeOffset now)
    {
        var written = new ServiceBusMessage(message.Body) { MessageId = brokerId };
        if (dueAt is { } due) written.ScheduledEnqueueTime = due;
        if (message.ExpiresAt is { } expiry) written.TimeToLive = Longer(expiry - (dueAt ?? now));
        WriteProperties(written, message.Properties);
        WriteContentType(written, message.ContentType);
        WriteSession(written, message);
        if (brokerId != message.MessageId) written.ApplicationProperties[WireProperties.MessageId] = message.MessageId;
        WriteState(written.ApplicationProperties, state, AttemptsText.RoomBeside(message.Properties));
        return written;
    }

    /// <summary>On the wire it is an AMQP symbol, which has ASCII only (AMQP 1.0 §1.6.21): the SDK would put question marks for the rest.</summary>
    private static void WriteContentType(ServiceBusMessage written, string? contentType)
    {
        if (contentType is null || Ascii.IsValid(contentType)) written.ContentType = contentType;
        else written.ApplicationProperties[WireProperties.ContentType] = contentType;
    }

    private static TimeSpan Longer(TimeSpan left) => left > Shortest ? left : Shortest;

    private static void WriteProperties(ServiceBusMessage written, IReadOnlyDictionary<string, string> properties)
    {
        foreach (var (name, value) in properties)
        {
            if (name == EnvelopeProperties.Type) written.Subject = value;
            else if (name == EnvelopeProperties.Subject) written.CorrelationId = value;
            else written.ApplicationProperties[name] = value;
        }
    }

    private void WriteSession(ServiceBusMessage written, QueueMessage message)
    {
        var key = message.OrderingKey;
        if (key is { Length: > 0 and <= LongestSessionId })
        {
            written.SessionId = key;
            return;
        }

        if (requiresSessions && string.IsNullOrEmpty(key)) WriteUnkeyed(written, message);
        else if (key is not null) written.ApplicationProperties[WireProperties.OrderingKey] = key;
        if (requiresSessions && key is { Length: > 0 }) written.SessionId = Digest(key);
    }

    private static void WriteUnkeyed(ServiceBusMessage written, QueueMessage message)
    {
        written.SessionId = $"{UnkeyedPrefix}{Bucket(message.MessageId)}";
        written.ApplicationProperties[WireProperties.OrderingKey] = message.OrderingKey ?? "";
    }

    private static string Digest(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));

    private static int Bucket(string messageId) => SHA256.HashData(Encoding.UTF8.GetBytes(messageId))[0] % UnkeyedSessions;

    private static void WriteState(IDictionary<string, object> properties, WireState state, int room)
    {
        if (state.EnqueuedAt is { } enqueued) properties[WireProperties.EnqueuedAt] = enqueued.ToUnixTimeMilliseconds();
        foreach (var (name, value) in Of(state.Progress, room)) properties[name] = value;
        if (state.Death is { } death)
            foreach (var (name, value) in Of(death)) properties[name] = value;
    }

    /// <summary>What travels of the progress; zeros do not.</summary>
    public static IEnumerable<KeyValuePair<string, object>> Of(DeliveryProgress progress, int room)
    {
        if (progress.AttemptsMade > 0) yield return new(WireProperties.AttemptsMade, progress.AttemptsMade);
        if (progress.Postponements > 0) yield return new(WireProperties.Postponements, progress.Postponements);
        if (progress.Replays > 0) yield return new(WireProperties.Replays, progress.Replays);
        if (progress.Attempts.Count > 0) yield return new(WireProperties.Attempts, AttemptsText.Of(progress, room));
    }

    /// <summary>What travels of a death.</summary>
    public static IEnumerable<KeyValuePair<string, object>> Of(WireDeath death) =>
    [
        new(WireProperties.DeadReason, death.Reason.Name),
        new(WireProperties.DeadDescription, death.Description),
        new(WireProperties.DeadAt, death.At.ToUnixTimeMilliseconds()),
        new(WireProperties.DeadDeliveryCount, death.DeliveryCount),
    ];
}
