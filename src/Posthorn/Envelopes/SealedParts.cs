using System.Text.Json;
using System.Text.Json.Serialization;
using Posthorn.Signing;

namespace Posthorn.Envelopes;

/// <summary>What is sealed as one before an envelope touches the queue: its secrets, and its headers and its URL's query, which may hold some.</summary>
internal sealed record SealedParts
{
    public string? Secret { get; init; }

    public string? BearerToken { get; init; }

    public Dictionary<string, string>? Headers { get; init; }

    public string? Url { get; init; }

    /// <summary>Seals what a destination holds in clear; the same destination when there is nothing.</summary>
    public static Destination Seal(Destination destination, ISecretSealer sealer)
    {
        var hasQuery = destination.Url.Query.Length > 0;
        if (!hasQuery && destination is { Secret: null, BearerToken: null, Headers.Count: 0 }) return destination;
        var parts = new SealedParts
        {
            Secret = destination.Secret?.Reveal(),
            BearerToken = destination.BearerToken?.Reveal(),
            Headers = destination.Headers.Count == 0 ? null : new Dictionary<string, string>(destination.Headers),
            Url = hasQuery ? destination.Url.OriginalString : null,
        };
        var text = JsonSerializer.Serialize(parts, SealedPartsContext.Default.SealedParts);
        var shown = hasQuery ? new Uri(destination.Display) : destination.Url;
        return new Destination { Url = shown, SecretRef = destination.SecretRef, BearerTokenRef = destination.BearerTokenRef, Sealed = sealer.Seal(text) };
    }

    /// <summary>The destination with its sealed parts in clear.</summary>
    /// <exception cref="SecretUnavailableException">The seal cannot be opened.</exception>
    public static Destination Unseal(Destination destination, ISecretSealer sealer)
    {
        if (destination.Elsewhere is { Sealed: { } whole } elsewhere)
            destination = destination with { Url = UrlOf(sealer.Unseal(whole)), Elsewhere = elsewhere with { Sealed = null } };
        if (destination.Sealed is not { } text) return destination;
        var parts = Open(sealer.Unseal(text));
        return destination with
        {
            Url = parts.Url is null || destination.Elsewhere is not null ? destination.Url : UrlOf(parts.Url),
            Secret = parts.Secret is null ? null : new SigningSecret(parts.Secret),
            BearerToken = parts.BearerToken is null ? null : new SigningSecret(parts.BearerToken),
            Headers = parts.Headers ?? Destination.NoHeaders,
            Sealed = null,
        };
    }

    private static Uri UrlOf(string text) => Uri.TryCreate(text, UriKind.Absolute, out var url) ? url : throw new SecretUnavailableException("what is sealed is not a URL");

    private static SealedParts Open(string json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, SealedPartsContext.Default.SealedParts) ?? new SealedParts();
        }
        catch (JsonException)
        {
            throw new SecretUnavailableException("the sealed secrets are not in a form this version reads");
        }
    }
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SealedParts))]
internal sealed partial class SealedPartsContext : JsonSerializerContext;
