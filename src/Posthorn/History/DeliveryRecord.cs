using Posthorn.Queues;

namespace Posthorn.History;

/// <summary>One delivery as the log knows it.</summary>
public sealed record DeliveryRecord
{
    /// <summary>Its place in the log, growing with the first record of it; 0 before it is stored.</summary>
    public long Position { get; init; }

    /// <summary>The delivery's id: the envelope's, or <c>{event}.{endpoint}</c> for what an event became for one endpoint.</summary>
    public required string DeliveryId { get; init; }

    /// <summary>The id on the wire.</summary>
    public required string EventId { get; init; }

    /// <summary>The endpoint; null when the envelope named its destination itself.</summary>
    public string? EndpointId { get; init; }

    /// <summary>The URL without user name and query.</summary>
    public required string Destination { get; init; }

    /// <summary>Whose it is.</summary>
    public string? Tenant { get; init; }

    /// <summary>The wire contract's name.</summary>
    public required string Profile { get; init; }

    /// <summary>The event type.</summary>
    public required string Type { get; init; }

    /// <summary>What it is about.</summary>
    public string? Subject { get; init; }

    /// <summary>Where it stands.</summary>
    public required DeliveryState State { get; init; }

    /// <summary>The dead-letter reason's name, or why it was dropped; null otherwise.</summary>
    public string? Reason { get; init; }

    /// <summary>The time of the first record of it.</summary>
    public required DateTimeOffset FirstAt { get; init; }

    /// <summary>The time of the newest record of it.</summary>
    public required DateTimeOffset LastAt { get; init; }

    /// <summary>When it is tried again; null when it is not.</summary>
    public DateTimeOffset? NextAttemptAt { get; init; }

    /// <summary>The newest attempt's HTTP status; null without an answer.</summary>
    public int? Status { get; init; }

    /// <summary>The attempts; in an update, those that are new.</summary>
    public required IReadOnlyList<AttemptRecord> Attempts { get; init; }
}

/// <summary>Where a delivery stands.</summary>
public enum DeliveryState
{
    /// <summary>Not yet tried.</summary>
    Pending,

    /// <summary>Tried, and to be tried again.</summary>
    Retrying,

    /// <summary>The receiver took it.</summary>
    Delivered,

    /// <summary>Given up; it rests with the dead letters.</summary>
    DeadLettered,

    /// <summary>Not wanted any more: expired, or superseded by a newer event.</summary>
    Dropped,
}
