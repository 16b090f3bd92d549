using System.Text.Json;

namespace Posthorn.Worker.Api.Requests;

// The bodies of requests as the API's document describes them. They are read strictly elsewhere, where every error gets its path.

/// <summary>An event.</summary>
internal sealed record EventBody(string? Id, string Type, string? Tenant, string? Subject, DateTimeOffset? Time, string? Profile, JsonElement Data);

/// <summary>An envelope.</summary>
internal sealed record EnvelopeBody(
    string? Id, string Type, string? Profile, string? Tenant, string? Subject, DateTimeOffset? Time, DateTimeOffset? DeliverAfter, DateTimeOffset? ExpiresAt, string? OrderingKey,
    EnvelopeDestinationBody Destination, JsonElement? Data, string? DataBase64, string? ContentType);

/// <summary>Where an envelope goes.</summary>
internal sealed record EnvelopeDestinationBody(
    string Url, string? Secret, string? SecretRef, string? BearerToken, string? BearerTokenRef, IReadOnlyDictionary<string, string>? Headers);

/// <summary>A registration of an endpoint.</summary>
internal sealed record NewWebhookBody(
    string Url, IReadOnlyList<string> Events, string? Description, string? Secret, string? Profile, string? Tenant, IReadOnlyDictionary<string, string>? Headers, int? RateLimit, bool? Verify);

/// <summary>A change of an endpoint; what is absent stays.</summary>
internal sealed record ChangedWebhookBody(
    string? Url, IReadOnlyList<string>? Events, string? Description, string? Profile, IReadOnlyDictionary<string, string>? Headers, int? RateLimit, string? Status, bool? Verify);

/// <summary>A rotation of a secret.</summary>
internal sealed record RotationBody(string? Secret);

/// <summary>A recovery.</summary>
internal sealed record RecoveryBody(DateTimeOffset Since, DateTimeOffset? Until, int? Rate);

/// <summary>A test of an endpoint.</summary>
internal sealed record TestBody(string? Type, JsonElement? Data);

/// <summary>An event type.</summary>
internal sealed record EventTypeBody(string? Description, JsonElement? Schema);

/// <summary>Dead letters by their sequence numbers.</summary>
internal sealed record SequencesBody(IReadOnlyList<long> Sequences);
