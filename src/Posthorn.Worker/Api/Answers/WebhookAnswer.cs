using System.Text.Json.Serialization;
using Posthorn.Endpoints;
using Posthorn.Envelopes;
using Posthorn.Signing;

namespace Posthorn.Worker.Api.Answers;

/// <summary>An endpoint as the API shows it. Its secret is shown when it is made, and never again; of its headers only the names.</summary>
public sealed record WebhookAnswer
{
    /// <inheritdoc cref="Endpoint.Id"/>
    public required string Id { get; init; }

    /// <summary>The URL as it was registered.</summary>
    public required string Url { get; init; }

    /// <inheritdoc cref="Endpoint.Events"/>
    public required IReadOnlyList<string> Events { get; init; }

    /// <inheritdoc cref="Endpoint.Description"/>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required string? Description { get; init; }

    /// <inheritdoc cref="Endpoint.Profile"/>
    public required string Profile { get; init; }

    /// <inheritdoc cref="Endpoint.Tenant"/>
    public string? Tenant { get; init; }

    /// <summary><c>pending</c>, <c>active</c> or <c>disabled</c>.</summary>
    public required string Status { get; init; }

    /// <inheritdoc cref="Endpoint.DisabledReason"/>
    public string? DisabledReason { get; init; }

    /// <inheritdoc cref="Endpoint.DisabledAt"/>
    public string? DisabledAt { get; init; }

    /// <inheritdoc cref="Endpoint.FailingSince"/>
    public string? FailingSince { get; init; }

    /// <summary>The headers it gets; their values are not shown.</summary>
    public IReadOnlyDictionary<string, string>? Headers { get; init; }

    /// <inheritdoc cref="Endpoint.RateLimit"/>
    public int? RateLimit { get; init; }

    /// <summary>The signing secret: in the answer to a registration or a rotation, this once.</summary>
    public string? Secret { get; init; }

    /// <summary>Until when the old secret signs too, after a rotation.</summary>
    public string? PreviousSecretUntil { get; init; }

    /// <summary>Why the endpoint has not answered the challenge.</summary>
    public string? Verification { get; init; }

    /// <summary>What the endpoint missed while it failed and was disabled, and how to get it.</summary>
    public MissedAnswer? Missed { get; init; }

    /// <inheritdoc cref="Endpoint.CreatedAt"/>
    public required string CreatedAt { get; init; }

    /// <inheritdoc cref="Endpoint.UpdatedAt"/>
    public required string UpdatedAt { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Id;

    /// <summary>An endpoint whose seal is open, or cannot be opened now.</summary>
    internal static WebhookAnswer Of(Endpoint endpoint, EndpointSecrets? open) => new()
    {
        Id = endpoint.Id,
        Url = open?.Url.OriginalString ?? endpoint.DisplayUrl,
        Events = endpoint.Events,
        Description = endpoint.Description,
        Profile = endpoint.Profile,
        Tenant = endpoint.Tenant,
        Status = Names.Of(endpoint.Status),
        DisabledReason = endpoint.DisabledReason,
        DisabledAt = Text(endpoint.DisabledAt),
        FailingSince = Text(endpoint.FailingSince),
        Headers = open is { Headers.Count: > 0 } ? open.Headers.ToDictionary(header => header.Key, _ => SigningSecret.Redacted) : null,
        RateLimit = endpoint.RateLimit,
        CreatedAt = Rfc3339.Format(endpoint.CreatedAt),
        UpdatedAt = Rfc3339.Format(endpoint.UpdatedAt),
    };

    private static string? Text(DateTimeOffset? time) => time is { } known ? Rfc3339.Format(known) : null;
}

/// <summary>All endpoints of a page.</summary>
/// <param name="Webhooks">The endpoints.</param>
/// <param name="NextCursor">What <c>cursor</c> is for the next page; absent on the last.</param>
public sealed record WebhooksAnswer(IReadOnlyList<WebhookAnswer> Webhooks, string? NextCursor);

/// <summary>What an endpoint missed.</summary>
/// <param name="Since">From when: the first failure without a success after it, else the disabling.</param>
/// <param name="Recover">Where to ask for it: <c>POST</c> with <c>{"since": …}</c>.</param>
public sealed record MissedAnswer(string Since, string Recover);

/// <summary>The answer to a test: the delivery's id; with <c>wait=true</c>, what became of it.</summary>
/// <param name="DeliveryId">The delivery's id.</param>
/// <param name="EventId">The test event's id.</param>
/// <param name="Delivery">The outcome, when it was waited for and is known.</param>
public sealed record TestAnswer(string DeliveryId, string EventId, DeliveryAnswer? Delivery);
