namespace Posthorn.Envelopes;

/// <summary>One notification, checked, with the exact bytes to POST.</summary>
public sealed record Envelope
{
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

    /// <summary>The media type of <see cref="Body"/>.</summary>
    public required string ContentType { get; init; }

    /// <summary>The exact bytes to POST.</summary>
    public required ReadOnlyMemory<byte> Body { get; init; }
}
