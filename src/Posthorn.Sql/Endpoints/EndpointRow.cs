using System.Text.Json;
using System.Text.Json.Serialization;
using Posthorn.Endpoints;

namespace Posthorn.Sql.Endpoints;

/// <summary>A row of <c>endpoints</c>.</summary>
internal sealed record EndpointRow
{
    public required string Id { get; init; }

    public required long Revision { get; init; }

    /// <summary>The revision of a change.</summary>
    public long Next { get; init; }

    public required string DisplayUrl { get; init; }

    public required string Sealed { get; init; }

    public required string Events { get; init; }

    public string? Description { get; init; }

    public required string Profile { get; init; }

    public string? Tenant { get; init; }

    public long? RateLimit { get; init; }

    public required string Status { get; init; }

    public string? DisabledReason { get; init; }

    public long? DisabledAt { get; init; }

    public long? FailingSince { get; init; }

    public required long HasSuffered { get; init; }

    public required long CreatedAt { get; init; }

    public required long UpdatedAt { get; init; }

    public static EndpointRow Of(Endpoint endpoint) => new()
    {
        Id = endpoint.Id,
        Revision = endpoint.Revision,
        DisplayUrl = endpoint.DisplayUrl,
        Sealed = endpoint.Sealed,
        Events = JsonSerializer.Serialize(endpoint.Events, TextsContext.Default.IReadOnlyListString),
        Description = endpoint.Description,
        Profile = endpoint.Profile,
        Tenant = endpoint.Tenant,
        RateLimit = endpoint.RateLimit,
        Status = SqlName<EndpointStatus>.Of(endpoint.Status),
        DisabledReason = endpoint.DisabledReason,
        DisabledAt = SqlTime.Of(endpoint.DisabledAt),
        FailingSince = SqlTime.Of(endpoint.FailingSince),
        HasSuffered = endpoint.HasSuffered ? 1 : 0,
        CreatedAt = SqlTime.Of(endpoint.CreatedAt),
        UpdatedAt = SqlTime.Of(endpoint.UpdatedAt),
    };

    public Endpoint ToEndpoint() => new()
    {
        Id = Id,
        Revision = Revision,
        DisplayUrl = DisplayUrl,
        Sealed = Sealed,
        Events = JsonSerializer.Deserialize(Events, TextsContext.Default.IReadOnlyListString) ?? [],
        Description = Description,
        Profile = Profile,
        Tenant = Tenant,
        RateLimit = (int?)RateLimit,
        Status = SqlName<EndpointStatus>.Read(Status),
        DisabledReason = DisabledReason,
        DisabledAt = SqlTime.Read(DisabledAt),
        FailingSince = SqlTime.Read(FailingSince),
        HasSuffered = HasSuffered != 0,
        CreatedAt = SqlTime.Read(CreatedAt),
        UpdatedAt = SqlTime.Read(UpdatedAt),
    };
}

[JsonSerializable(typeof(IReadOnlyList<string>))]
internal sealed partial class TextsContext : JsonSerializerContext;
