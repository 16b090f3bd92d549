namespace Posthorn.Access;

/// <summary>A key of the API, without the key itself.</summary>
public sealed record ApiKey
{
    /// <summary><c>key_</c> and 16 lower-case letters and digits.</summary>
    public required string Id { get; init; }

    /// <summary>Its holder, unique among the keys that are not revoked.</summary>
    public required string Name { get; init; }

    /// <summary>The SHA-256 of the key, 64 hexadecimal digits.</summary>
    public required string Hash { get; init; }

    /// <summary>What its holder may do.</summary>
    public required Roles Roles { get; init; }

    /// <summary>The tenant that scopes everything its holder sees and does; null is everything.</summary>
    public string? Tenant { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was revoked; null while it is good.</summary>
    public DateTimeOffset? RevokedAt { get; init; }
}

/// <summary>What the holder of a key may do.</summary>
[Flags]
public enum Roles
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Send notifications and events.</summary>
    Publish = 1,

    /// <summary>Register, change, test and delete endpoints and event types.</summary>
    Manage = 2,

    /// <summary>Resend, recover, and work on dead letters.</summary>
    Operate = 4,

    /// <summary>Look at all of it.</summary>
    Read = 8,

    /// <summary>Everything.</summary>
    All = Publish | Manage | Operate | Read,
}
