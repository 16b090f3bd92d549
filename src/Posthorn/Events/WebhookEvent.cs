namespace Posthorn.Events;

/// <summary>Something that happened, for every endpoint that wants to know.</summary>
public sealed record WebhookEvent
{
    /// <summary>The id on the wire, the same for every endpoint.</summary>
    public required string Id { get; init; }

    /// <summary>The event type.</summary>
    public required string Type { get; init; }

    /// <summary>Whose it is.</summary>
    public string? Tenant { get; init; }

    /// <summary>What it is about.</summary>
    public string? Subject { get; init; }

    /// <summary>When it happened: the producer's own text (RFC 3339), or the acceptance's time.</summary>
    public required string Time { get; init; }

    /// <summary>Whether the producer gave the time.</summary>
    public bool HasOwnTime { get; init; }

    /// <summary>The family it belongs to; null when the producer did not say.</summary>
    public string? Profile { get; init; }

    /// <summary>Whether it tells of endpoints and deliveries; see <see cref="OperationalTypes"/>.</summary>
    public bool IsOperational { get; init; }

    /// <summary>The data, JSON, byte for byte.</summary>
    public required ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>The endpoint up to which it has been sent already; null at the beginning.</summary>
    public string? SentUpTo { get; init; }

    /// <summary>The id of an event that brings none: <c>evt_</c> and a UUIDv7.</summary>
    public static string NewId(DateTimeOffset now) => $"evt_{Guid.CreateVersion7(now):N}";
}

/// <summary>The types of events about endpoints and deliveries. Nobody else may publish them, and <c>*</c> does not take them.</summary>
public static class OperationalTypes
{
    /// <summary>An endpoint was disabled, by a 410 or by failing for too long.</summary>
    public const string EndpointDisabled = "endpoint.disabled";

    /// <summary>An endpoint that had been disabled, or had lost a delivery, took one again.</summary>
    public const string EndpointRecovered = "endpoint.recovered";

    /// <summary>A delivery was given up.</summary>
    public const string DeliveryDeadLettered = "delivery.dead_lettered";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = [EndpointDisabled, EndpointRecovered, DeliveryDeadLettered];
}
