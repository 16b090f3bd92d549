namespace Posthorn.History;

/// <summary>An event that was accepted, kept so that it can be sent again.</summary>
public sealed record ArchivedEvent
{
    /// <summary>Its place in the archive, growing; 0 before it is stored.</summary>
    public long Position { get; init; }

    /// <summary>The event's id.</summary>
    public required string Id { get; init; }

    /// <summary>The event type.</summary>
    public required string Type { get; init; }

    /// <summary>Whose it is.</summary>
    public string? Tenant { get; init; }

    /// <summary>What it is about.</summary>
    public string? Subject { get; init; }

    /// <summary>When it happened: the producer's own text (RFC 3339), or the acceptance's time.</summary>
    public required string Time { get; init; }

    /// <summary>The profile it names; null when none.</summary>
    public string? Profile { get; init; }

    /// <summary>When it was accepted.</summary>
    public required DateTimeOffset AcceptedAt { get; init; }

    /// <summary>How many endpoints it was sent to.</summary>
    public required int Matched { get; init; }

    /// <summary>Whether it is one of our own, such as <c>endpoint.disabled</c>.</summary>
    public bool IsOperational { get; init; }

    /// <summary>The data, byte for byte; empty when payloads are not kept.</summary>
    public required ReadOnlyMemory<byte> Data { get; init; }
}
