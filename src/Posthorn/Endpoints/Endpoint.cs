namespace Posthorn.Endpoints;

/// <summary>A receiver's registration, as it is stored: what may be a secret is sealed.</summary>
public sealed record Endpoint
{
    /// <summary><c>wh_</c> and 24 lower-case letters and digits.</summary>
    public required string Id { get; init; }

    /// <summary>The URL without user name and query, for people.</summary>
    public required string DisplayUrl { get; init; }

    /// <summary>The whole URL, the signing secrets and the headers, sealed; see <see cref="EndpointSecrets"/>.</summary>
    public required string Sealed { get; init; }

    /// <summary>The event types it wants: exact ones, <c>document.*</c>, or <c>*</c>.</summary>
    public required IReadOnlyList<string> Events { get; init; }

    /// <summary>The receiver's own words.</summary>
    public string? Description { get; init; }

    /// <summary>The name of the wire contract.</summary>
    public required string Profile { get; init; }

    /// <summary>Whose it is, and whose events it gets; null: those without a tenant; <c>*</c>: everyone's.</summary>
    public string? Tenant { get; init; }

    /// <summary>The most requests a second; null is no limit.</summary>
    public int? RateLimit { get; init; }

    /// <summary>Whether it gets events.</summary>
    public required EndpointStatus Status { get; init; }

    /// <summary>Why it is disabled.</summary>
    public string? DisabledReason { get; init; }

    /// <summary>Since when it is disabled.</summary>
    public DateTimeOffset? DisabledAt { get; init; }

    /// <summary>Since when every delivery failed; null while the newest was a success.</summary>
    public DateTimeOffset? FailingSince { get; init; }

    /// <summary>Whether it was disabled or lost a delivery since its last success: its next one is a recovery.</summary>
    public bool HasSuffered { get; init; }

    /// <summary>When it was registered.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was last changed.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>The store's number of its last change, growing over all endpoints; 0 before it is stored.</summary>
    public long Revision { get; init; }
}

/// <summary>Whether an endpoint gets events.</summary>
public enum EndpointStatus
{
    /// <summary>It has not yet answered the verification challenge.</summary>
    Pending,

    /// <summary>It gets its events.</summary>
    Active,

    /// <summary>It gets nothing, by its owner's wish or because it failed for too long.</summary>
    Disabled,

    /// <summary>It is gone; what is left tells the other processes so.</summary>
    Deleted,
}
