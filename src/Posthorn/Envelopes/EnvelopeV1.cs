using System.Text.Json.Serialization;
using Posthorn.Queues;
using Posthorn.Signing;

namespace Posthorn.Envelopes;

/// <summary>
/// Version 1 of the envelope's JSON, as read: every field as the producer wrote it, none of them judged yet. Written with
/// <see cref="EnvelopeV1Context"/>, its secrets come out redacted.
/// </summary>
public sealed record EnvelopeV1
{
    /// <summary>The largest envelope accepted, in bytes of JSON: 1 MiB.</summary>
    public const int MaxBytes = 1024 * 1024;

    /// <inheritdoc cref="Envelope.Id"/>
    public string? Id { get; init; }

    /// <inheritdoc cref="Envelope.Type"/>
    public string? Type { get; init; }

    /// <summary>The wire contract's name.</summary>
    public string? Profile { get; init; }

    /// <inheritdoc cref="Envelope.Tenant"/>
    public string? Tenant { get; init; }

    /// <inheritdoc cref="Envelope.Subject"/>
    public string? Subject { get; init; }

    /// <inheritdoc cref="Envelope.Time"/>
    public string? Time { get; init; }

    /// <inheritdoc cref="Envelope.DeliverAfter"/>
    public string? DeliverAfter { get; init; }

    /// <inheritdoc cref="Envelope.ExpiresAt"/>
    public string? ExpiresAt { get; init; }

    /// <inheritdoc cref="Envelope.OrderingKey"/>
    public string? OrderingKey { get; init; }

    /// <summary>Where it goes.</summary>
    public DestinationV1 Destination { get; init; } = new();

    /// <summary>The media type of the data; application/json when absent.</summary>
    public string? ContentType { get; init; }

    /// <summary>The data's bytes, exactly as they stood in the envelope, or decoded; null when absent.</summary>
    [JsonConverter(typeof(RawJsonConverter))]
    public ReadOnlyMemory<byte>? Data { get; init; }

    /// <inheritdoc cref="Envelope.Stream"/>
    [JsonIgnore]
    public EventStream? Stream { get; init; }

    /// <inheritdoc cref="Envelope.IsTest"/>
    [JsonIgnore]
    public bool IsTest { get; init; }

    /// <summary>Whether <see cref="Data"/> came as <c>data_base64</c>.</summary>
    [JsonIgnore]
    public bool IsBinary { get; init; }
}

/// <summary>The envelope's <c>destination</c> object.</summary>
public sealed record DestinationV1
{
    /// <summary>The URL as written.</summary>
    public string? Url { get; init; }

    /// <summary>The signing secret.</summary>
    public SigningSecret? Secret { get; init; }

    /// <summary>Where the signing secret is kept.</summary>
    public string? SecretRef { get; init; }

    /// <summary>The bearer token.</summary>
    public SigningSecret? BearerToken { get; init; }

    /// <summary>Where the bearer token is kept.</summary>
    public string? BearerTokenRef { get; init; }

    /// <summary>Headers of the producer's own.</summary>
    public IReadOnlyDictionary<string, string>? Headers { get; init; }

    /// <summary>What the queue holds in place of the secrets and headers; never read from a producer's JSON.</summary>
    [JsonIgnore]
    public string? Sealed { get; init; }

    /// <summary>The registered endpoint; never read from a producer's JSON.</summary>
    [JsonIgnore]
    public string? Endpoint { get; init; }

    /// <inheritdoc cref="Destination.Elsewhere"/>
    [JsonIgnore]
    public Elsewhere? Elsewhere { get; init; }
}

/// <summary>Writes envelopes in the order and the case of the wire.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(EnvelopeV1))]
public sealed partial class EnvelopeV1Context : JsonSerializerContext;
