namespace Posthorn.Client;

/// <summary>Something that happened, for every endpoint that subscribed to its type. What is null is left to the worker.</summary>
public sealed record WebhookEvent
{
    /// <summary>1 to 100 of <c>A-Z a-z 0-9 _ - :</c>; made (UUIDv7) when null. The same event again under it is accepted once.</summary>
    public string? Id { get; init; }

    /// <summary>The event type: 1 to 128 visible ASCII characters.</summary>
    public required string Type { get; init; }

    /// <summary>Whose it is: up to 256 characters.</summary>
    public string? Tenant { get; init; }

    /// <summary>What it is about: up to 256 characters.</summary>
    public string? Subject { get; init; }

    /// <summary>When it happened; it is written in UTC, to the millisecond. Default: the acceptance.</summary>
    public DateTimeOffset? Time { get; init; }

    /// <summary>The wire contract for endpoints that name none themselves.</summary>
    public string? Profile { get; init; }

    /// <summary>The payload: any JSON but null.</summary>
    public required JsonData Data { get; init; }

    /// <summary>What it is; never its payload.</summary>
    public override string ToString() => $"{Type} {Id ?? "(no id yet)"}";
}
