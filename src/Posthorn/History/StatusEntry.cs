namespace Posthorn.History;

/// <summary>One event in the life of a task, a batch, a document: whatever its profile follows.</summary>
public sealed record StatusEntry
{
    /// <summary>What is followed: the task's id.</summary>
    public required string Entity { get; init; }

    /// <summary>Whose it is.</summary>
    public string? Tenant { get; init; }

    /// <summary>The event's id: one event makes one entry, however often it is recorded.</summary>
    public required string EventId { get; init; }

    /// <summary>The event type.</summary>
    public required string Type { get; init; }

    /// <summary>The profile it was understood by.</summary>
    public required string Profile { get; init; }

    /// <summary>When it happened.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>When it was accepted; breaks ties of <see cref="Time"/>.</summary>
    public required DateTimeOffset AcceptedAt { get; init; }

    /// <summary>The event's data, a JSON object of at most 64 KiB; of a larger one, its top-level fields that are small.</summary>
    public required ReadOnlyMemory<byte> Data { get; init; }
}
