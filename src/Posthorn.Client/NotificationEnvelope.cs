using Posthorn.Envelopes;
using Posthorn.Signing;

namespace Posthorn.Client;

/// <summary>One notification and where it goes. What is null is left to the worker.</summary>
public sealed record NotificationEnvelope
{
    /// <summary>1 to 100 of <c>A-Z a-z 0-9 _ - :</c>; made (UUIDv7) when null. The same envelope again under it is accepted once.</summary>
    public string? Id { get; init; }

    /// <summary>The event type: 1 to 128 visible ASCII characters.</summary>
    public required string Type { get; init; }

    /// <summary>The wire contract. Default: <c>standard</c>.</summary>
    public string? Profile { get; init; }

    /// <summary>Whose it is: up to 256 characters.</summary>
    public string? Tenant { get; init; }

    /// <summary>What it is about: up to 256 characters.</summary>
    public string? Subject { get; init; }

    /// <summary>When the event happened; it is written in UTC, to the millisecond. Default: the acceptance.</summary>
    public DateTimeOffset? Time { get; init; }

    /// <summary>Not sent before. Default: at once.</summary>
    public DateTimeOffset? DeliverAfter { get; init; }

    /// <summary>Not sent after. Default: the profile's expiry.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Envelopes of one key form one ordered stream: up to 128 characters.</summary>
    public string? OrderingKey { get; init; }

    /// <summary>Where it goes.</summary>
    public required NotificationDestination Destination { get; init; }

    /// <summary>The media type of what is sent; required beside <see cref="Binary"/>. Default: <c>application/json</c>.</summary>
    public string? ContentType { get; init; }

    /// <summary>The payload, any JSON but null; it is sent byte for byte. Either this or <see cref="Binary"/>.</summary>
    public JsonData? Data { get; init; }

    /// <summary>A payload that is not JSON; it travels as <c>data_base64</c>.</summary>
    public ReadOnlyMemory<byte>? Binary { get; init; }

    /// <summary>What it is and where it goes; never its payload or a secret.</summary>
    public override string ToString() => $"{Type} {Id ?? "(no id yet)"} to {Destination}";
}

/// <summary>Where a notification goes, and by what it proves whom it comes from.</summary>
public sealed record NotificationDestination
{
    /// <summary>An absolute https URL; http where the worker allows it.</summary>
    public required Uri Url { get; init; }

    /// <summary>The signing secret; the worker seals it before it touches the queue. Either this or <see cref="SecretRef"/>.</summary>
    public SigningSecret? Secret { get; init; }

    /// <summary>Where the signing secret is kept: <c>config:NAME</c>, the worker's <c>secrets:NAME</c>, or <c>keyvault:NAME</c>, a secret of its vault.</summary>
    public string? SecretRef { get; init; }

    /// <summary>Sent as <c>Authorization: Bearer …</c>. Either this or <see cref="BearerTokenRef"/>.</summary>
    public SigningSecret? BearerToken { get; init; }

    /// <summary>Where the bearer token is kept: <c>config:NAME</c> or <c>keyvault:NAME</c>.</summary>
    public string? BearerTokenRef { get; init; }

    /// <summary>Headers of the producer's own: visible ASCII, and none of HTTP's or the profile's.</summary>
    public IReadOnlyDictionary<string, string>? Headers { get; init; }

    /// <summary>The URL as it may be shown: without user name and query, which may hold a secret.</summary>
    public override string ToString() => Url.IsAbsoluteUri ? Destination.DisplayOf(Url) : "(a relative URL)";
}
