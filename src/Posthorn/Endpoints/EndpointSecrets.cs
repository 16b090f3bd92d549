using System.Text.Json;
using System.Text.Json.Serialization;
using Posthorn.Envelopes;
using Posthorn.Signing;

namespace Posthorn.Endpoints;

/// <summary>The part of an endpoint that is sealed at rest.</summary>
public sealed record EndpointSecrets
{
    /// <summary>The whole URL, as it was registered.</summary>
    public required Uri Url { get; init; }

    /// <summary>The secret that signs; null sends unsigned.</summary>
    public SigningSecret? Secret { get; init; }

    /// <summary>The secret before a rotation.</summary>
    public SigningSecret? PreviousSecret { get; init; }

    /// <summary>Until when the secret before signs too.</summary>
    public DateTimeOffset? PreviousUntil { get; init; }

    /// <summary>The headers that every request to it has.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = Destination.NoHeaders;

    /// <summary>Where a request to the endpoint goes at a time, with what it is signed by then.</summary>
    public Destination DestinationOf(Endpoint endpoint, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        return new Destination
        {
            Url = Url,
            Secret = Secret,
            PreviousSecret = PreviousUntil > now ? PreviousSecret : null,
            Headers = Headers,
            Endpoint = endpoint.Id,
            RateLimit = endpoint.RateLimit,
        };
    }

    /// <inheritdoc/>
    public override string ToString() => $"{nameof(EndpointSecrets)} {{ Url = {Destination.DisplayOf(Url)} }}";

    /// <summary>Seals all of it.</summary>
    public string Seal(ISecretSealer sealer)
    {
        ArgumentNullException.ThrowIfNull(sealer);
        var parts = new Parts(Url.OriginalString, Secret?.Reveal(), PreviousSecret?.Reveal(), PreviousUntil, Headers.Count == 0 ? null : new Dictionary<string, string>(Headers));
        return sealer.Seal(JsonSerializer.Serialize(parts, EndpointPartsContext.Default.Parts));
    }

    /// <summary>Opens what <see cref="Seal"/> made.</summary>
    /// <exception cref="SecretUnavailableException">It cannot be opened now.</exception>
    public static EndpointSecrets Open(string text, ISecretSealer sealer)
    {
        ArgumentNullException.ThrowIfNull(sealer);
        try
        {
            var parts = JsonSerializer.Deserialize(sealer.Unseal(text), EndpointPartsContext.Default.Parts);
            if (parts is not null && Uri.TryCreate(parts.Url, UriKind.Absolute, out var url))
                return new EndpointSecrets { Url = url, Secret = Of(parts.Secret), PreviousSecret = Of(parts.PreviousSecret), PreviousUntil = parts.PreviousUntil, Headers = parts.Headers ?? Destination.NoHeaders };
        }
        catch (JsonException)
        {
            // Told below.
        }

        throw new SecretUnavailableException("the endpoint's sealed part is not in a form this version reads");
    }

    private static SigningSecret? Of(string? text) => string.IsNullOrEmpty(text) ? null : new SigningSecret(text);

    internal sealed record Parts(string Url, string? Secret, string? PreviousSecret, DateTimeOffset? PreviousUntil, IReadOnlyDictionary<string, string>? Headers);
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(EndpointSecrets.Parts))]
internal sealed partial class EndpointPartsContext : JsonSerializerContext;
