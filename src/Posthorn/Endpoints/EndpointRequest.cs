using Posthorn.Envelopes;
using Posthorn.Signing;

namespace Posthorn.Endpoints;

/// <summary>What a caller says of an endpoint, as read; what is null was not said.</summary>
public sealed record EndpointRequest
{
    /// <summary>The URL as written.</summary>
    public string? Url { get; init; }

    /// <summary>The event types it wants.</summary>
    public IReadOnlyList<string>? Events { get; init; }

    /// <summary>The receiver's own words; empty removes them.</summary>
    public string? Description { get; init; }

    /// <summary>The wire contract's name.</summary>
    public string? Profile { get; init; }

    /// <summary>Whose it is.</summary>
    public string? Tenant { get; init; }

    /// <summary>Headers that every request has.</summary>
    public IReadOnlyDictionary<string, string>? Headers { get; init; }

    /// <summary>The most requests a second; 0 is no limit.</summary>
    public int? RateLimit { get; init; }

    /// <summary>The signing secret.</summary>
    public SigningSecret? Secret { get; init; }

    /// <summary><c>active</c> or <c>disabled</c>.</summary>
    public string? Status { get; init; }

    /// <summary>Whether a challenge is sent although the profile does not ask for one.</summary>
    public bool Verify { get; init; }

    /// <summary>What could not be read as it is meant; the rest is judged all the same, so that one answer names everything.</summary>
    public IReadOnlyList<EnvelopeError> Faults { get; init; } = [];

    /// <summary>Reads the JSON of a registration or a change; null, with what is wrong, when it is no JSON object.</summary>
    public static EndpointRequest? Read(ReadOnlyMemory<byte> utf8, bool isNew, ICollection<EnvelopeError> errors)
    {
        ArgumentNullException.ThrowIfNull(errors);
        var faults = new List<EnvelopeError>();
        var request = JsonFields.Read(utf8, "an endpoint", fields => Read(fields, isNew), faults);
        if (request is not null) return request with { Faults = faults };
        foreach (var fault in faults) errors.Add(fault);
        return null;
    }

    /// <summary>Reads the JSON of a rotation: the new secret, if it is given; what is wrong is noted.</summary>
    public static SigningSecret? ReadSecret(ReadOnlyMemory<byte> utf8, ICollection<EnvelopeError> errors) => JsonFields.Read(utf8, "a rotation", fields =>
    {
        fields.AcceptOnly("secret");
        return new EndpointRequest { Secret = fields.Secret("secret") };
    }, errors)?.Secret;

    private static EndpointRequest Read(JsonFields fields, bool isNew)
    {
        if (isNew) fields.AcceptOnly("url", "events", "description", "profile", "tenant", "headers", "rate_limit", "secret", "verify");
        else fields.AcceptOnly("url", "events", "description", "profile", "headers", "rate_limit", "status", "verify");
        return new EndpointRequest
        {
            Url = fields.Text("url"),
            Events = fields.Texts("events"),
            Description = fields.Text("description"),
            Profile = fields.Text("profile"),
            Tenant = isNew ? fields.Text("tenant") : null,
            Headers = fields.Has("headers") ? fields.Object("headers").ToHeaders() : null,
            RateLimit = fields.Whole("rate_limit"),
            Secret = isNew ? fields.Secret("secret") : null,
            Status = isNew ? null : fields.Text("status"),
            Verify = fields.Flag("verify"),
        };
    }
}
