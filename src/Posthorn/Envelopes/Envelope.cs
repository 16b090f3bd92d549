using System.Diagnostics;

namespace Posthorn.Envelopes;

/// <summary>One notification, checked, with the exact bytes to POST.</summary>
public sealed record Envelope
{
    /// <summary>The most characters of an id.</summary>
    public const int MaxIdLength = 100;

    /// <summary>The id on the wire: the same in every attempt and every replay.</summary>
    public required string Id { get; init; }

    /// <summary>The event type.</summary>
    public required string Type { get; init; }

    /// <summary>The wire contract.</summary>
    public required Profiles.Profile Profile { get; init; }

    /// <summary>Whose it is.</summary>
    public string? Tenant { get; init; }

    /// <summary>What it is about.</summary>
    public string? Subject { get; init; }

    /// <summary>When the event happened: the producer's own text (RFC 3339), or the acceptance's time.</summary>
    public required string Time { get; init; }

    /// <summary>Not sent before; null is at once.</summary>
    public DateTimeOffset? DeliverAfter { get; init; }

    /// <summary>Not sent after; null is whenever.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Envelopes of one key form one ordered stream.</summary>
    public string? OrderingKey { get; init; }

    /// <summary>Where it goes.</summary>
    public required Destination Destination { get; init; }

    /// <summary>The stream of which only the newest goes out in each window; null when every one does.</summary>
    public EventStream? Stream { get; init; }

    /// <summary>Whether it is a test: tried once, whatever the endpoint's status.</summary>
    public bool IsTest { get; init; }

    /// <summary>The delivery's id: that of the envelope, or <c>{event}.{endpoint}</c> for what an event became for one endpoint.</summary>
    public string DeliveryId => Destination.Endpoint is { } endpoint ? DeliveryIdOf(Id, endpoint) : Id;

    /// <summary>The context of its producer's trace; null when it has none.</summary>
    public ActivityContext? Trace { get; init; }

    /// <summary>The media type of <see cref="Body"/>.</summary>
    public required string ContentType { get; init; }

    /// <summary>The exact bytes to POST.</summary>
    public required ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>Whether a text may be an id. It holds no '.', which separates the parts of what is signed.</summary>
    public static bool IsId(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Length is > 0 and <= MaxIdLength && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or ':');
    }

    /// <summary>The id of what an event becomes for one endpoint.</summary>
    public static string DeliveryIdOf(string eventId, string endpointId) => $"{eventId}.{endpointId}";
}

/// <summary>The place of an event in a throttled stream.</summary>
/// <param name="Key">The stream: endpoint, type and entity.</param>
/// <param name="Sequence">The queue's number of the event, which breaks ties of its time.</param>
public sealed record EventStream(string Key, long Sequence);
