using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Posthorn.Queues;

namespace Posthorn.Envelopes;

/// <summary>
/// The envelope on a queue: the body is the exact bytes to POST, the rest are string properties with these names. A message
/// without a <see cref="Url"/> property is a plain JSON envelope.
/// </summary>
public static class EnvelopeProperties
{
    /// <summary>The form's version, <c>1</c>; absent is 1.</summary>
    public const string Version = "envelope_version";

    /// <summary>The event type.</summary>
    public const string Type = "type";

    /// <summary>The profile's name; absent is <c>standard</c>.</summary>
    public const string Profile = "profile";

    /// <summary>The envelope's id; absent is the message id.</summary>
    public const string Id = "id";

    /// <summary>Whose it is.</summary>
    public const string Tenant = "tenant";

    /// <summary>What it is about.</summary>
    public const string Subject = "subject";

    /// <summary>When the event happened, RFC 3339.</summary>
    public const string Time = "time";

    /// <summary>Not sent after, RFC 3339.</summary>
    public const string ExpiresAt = "expires_at";

    /// <summary>The destination's URL.</summary>
    public const string Url = "url";

    /// <summary>Where the signing secret is kept.</summary>
    public const string SecretRef = "secret_ref";

    /// <summary>Where the bearer token is kept.</summary>
    public const string BearerTokenRef = "bearer_token_ref";

    /// <summary>The producer's headers as a JSON object, in clear.</summary>
    public const string Headers = "headers";

    /// <summary>The registered endpoint it goes to; its URL, secrets and headers are looked up at each attempt.</summary>
    public const string Endpoint = "endpoint";

    /// <summary>The throttled stream it belongs to.</summary>
    public const string Stream = "stream";

    /// <summary>Its place in that stream, a whole number.</summary>
    public const string StreamSequence = "stream_sequence";

    /// <summary><c>1</c> for a test of an endpoint.</summary>
    public const string Test = "test";

    /// <summary>The sealed secrets and headers.</summary>
    public const string Sealed = "sealed";

    /// <summary>Where it goes instead of <see cref="Url"/>, as it may be shown; set by a replay.</summary>
    public const string ReplayTo = "replay_to";

    /// <summary>The whole of <see cref="ReplayTo"/>, sealed, when it has a query.</summary>
    public const string ReplayToSealed = "replay_to_sealed";

    /// <summary>The run that put it back from the dead-letter queue.</summary>
    public const string ReplayRun = "replay_run";

    /// <summary>The message of an envelope whose secrets are sealed.</summary>
    public static QueueMessage Write(Envelope envelope, ReadOnlyMemory<byte> fingerprint)
    {
        ArgumentNullException.ThrowIfNull(envelope);
        var properties = new Dictionary<string, string>(12, StringComparer.Ordinal)
        {
            [Version] = "1",
            [Id] = envelope.Id,
            [Type] = envelope.Type,
            [Profile] = envelope.Profile.Name,
            [Time] = envelope.Time,
            [Url] = envelope.Destination.Url.OriginalString,
        };
        Add(Tenant, envelope.Tenant);
        Add(Subject, envelope.Subject);
        Add(ExpiresAt, envelope.ExpiresAt is { } expiry ? Rfc3339.Format(expiry) : null);
        Add(SecretRef, envelope.Destination.SecretRef);
        Add(BearerTokenRef, envelope.Destination.BearerTokenRef);
        Add(Sealed, envelope.Destination.Sealed);
        Add(Endpoint, envelope.Destination.Endpoint);
        Add(Stream, envelope.Stream?.Key);
        Add(StreamSequence, envelope.Stream?.Sequence.ToString(CultureInfo.InvariantCulture));
        Add(Test, envelope.IsTest ? "1" : null);
        return new QueueMessage
        {
            MessageId = envelope.DeliveryId,
            Body = envelope.Body,
            ContentType = envelope.ContentType,
            Properties = properties,
            DueAt = envelope.DeliverAfter,
            OrderingKey = envelope.OrderingKey,
            Fingerprint = fingerprint,
        };

        void Add(string name, string? value)
        {
            if (value is not null) properties[name] = value;
        }
    }

    /// <summary>Whether the message is in this form; else its body is a plain JSON envelope.</summary>
    public static bool Describes(QueueMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return message.Properties.ContainsKey(Url);
    }

    /// <summary>The fields of a message in either form, with what a replay put in place of some: the deadline and the URL.</summary>
    internal static EnvelopeV1 WithReplay(EnvelopeV1 fields, QueueMessage message)
    {
        if (message.Properties.GetValueOrDefault(ExpiresAt) is { } deadline && deadline != fields.ExpiresAt) fields = fields with { ExpiresAt = deadline };
        if (message.Properties.GetValueOrDefault(ReplayTo) is not { } url) return fields;
        return fields with { Destination = fields.Destination with { Elsewhere = new Elsewhere(url, message.Properties.GetValueOrDefault(ReplayToSealed)) } };
    }

    /// <summary>Looks, without reading all of it, at which lane a message named by its URL is for, and until when it may be sent.</summary>
    internal static bool TryPeek(QueueMessage message, out string lane, out DateTimeOffset deadline)
    {
        (lane, deadline) = ("", default);
        var properties = message.Properties;
        if (!properties.TryGetValue(Url, out var text) || properties.ContainsKey(Endpoint) || !properties.TryGetValue(ExpiresAt, out var expiry)) return false;
        text = properties.GetValueOrDefault(ReplayTo) ?? text;
        if (!Rfc3339.TryParse(expiry, out deadline) || !KnownUrl.TryRead(text, out var url)) return false;
        lane = Destination.LaneOf(url);
        return true;
    }

    /// <summary>The fields of a message in this form; not judged yet.</summary>
    internal static EnvelopeV1 Read(QueueMessage message, ICollection<EnvelopeError> errors)
    {
        var properties = message.Properties;
        if (properties.TryGetValue(Version, out var version) && version != "1")
            errors.Add(new EnvelopeError($"$.{Version}", $"{EnvelopeError.Shown(version)} is a form this version does not read; accepted: 1"));
        return new EnvelopeV1
        {
            Id = properties.GetValueOrDefault(Id),
            Type = properties.GetValueOrDefault(Type),
            Profile = properties.GetValueOrDefault(Profile),
            Tenant = properties.GetValueOrDefault(Tenant),
            Subject = properties.GetValueOrDefault(Subject),
            Time = properties.GetValueOrDefault(Time),
            ExpiresAt = properties.GetValueOrDefault(ExpiresAt),
            OrderingKey = message.OrderingKey,
            ContentType = message.ContentType,
            Stream = ReadStream(properties),
            IsTest = properties.GetValueOrDefault(Test) == "1",
            Data = message.Body,
            Destination = new DestinationV1
            {
                Url = properties[Url],
                SecretRef = properties.GetValueOrDefault(SecretRef),
                BearerTokenRef = properties.GetValueOrDefault(BearerTokenRef),
                Headers = ReadHeaders(properties.GetValueOrDefault(Headers), errors),
                Sealed = properties.GetValueOrDefault(Sealed),
                Endpoint = properties.GetValueOrDefault(Endpoint),
            },
        };
    }

    private static EventStream? ReadStream(IReadOnlyDictionary<string, string> properties) =>
        properties.TryGetValue(Stream, out var key) && long.TryParse(properties.GetValueOrDefault(StreamSequence), NumberStyles.None, CultureInfo.InvariantCulture, out var sequence)
            ? new EventStream(key, sequence)
            : null;

    private static Dictionary<string, string>? ReadHeaders(string? json, ICollection<EnvelopeError> errors)
    {
        if (json is null) return null;
        try
        {
            var headers = JsonSerializer.Deserialize(json, HeadersContext.Default.DictionaryStringString);
            if (headers is not null && headers.All(header => header.Value is not null)) return headers;
        }
        catch (JsonException)
        {
            // Told below.
        }

        errors.Add(new EnvelopeError($"$.{Headers}", "is not a JSON object of strings", DeadLetterReason.InvalidHeader));
        return null;
    }
}

[JsonSerializable(typeof(Dictionary<string, string>))]
internal sealed partial class HeadersContext : JsonSerializerContext;
