using Microsoft.Extensions.Configuration;
using Posthorn.Envelopes;

namespace Posthorn.Signing;

/// <summary>What an attempt proves itself with.</summary>
/// <param name="Secrets">Signing secrets, the newest first; several while one rotates; none sends unsigned.</param>
/// <param name="BearerToken">The bearer token, if any.</param>
/// <param name="Headers">The producer's headers, in clear.</param>
public sealed record Credentials(IReadOnlyList<SigningSecret> Secrets, SigningSecret? BearerToken, IReadOnlyDictionary<string, string> Headers)
{
    private const int ShortestTelling = 6;

    /// <summary>A text of a stranger's with every credential taken out; a header's value may be one too, unless it is very short.</summary>
    public string Redact(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var telling = Secrets.Select(secret => secret.Reveal())
            .Concat(BearerToken is null ? [] : [BearerToken.Reveal()])
            .Concat(Headers.Values.Where(value => value.Length >= ShortestTelling));
        return telling.Aggregate(text, (clean, value) => clean.Replace(value, SigningSecret.Redacted, StringComparison.Ordinal));
    }
}

/// <summary>Opens seals and follows references, freshly for each attempt, so that a rotated secret is used by the next one.</summary>
public sealed class CredentialResolver(ISecretSealer sealer, IConfiguration configuration)
{
    /// <summary>The credentials of a destination.</summary>
    /// <exception cref="SecretUnavailableException">One of them cannot be had now.</exception>
    public Credentials Resolve(Destination destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        var open = SealedParts.Unseal(destination, sealer);
        IReadOnlyList<SigningSecret> secrets = open.SecretRef is { } reference ? Follow(reference) : open.Secret is { } secret ? [secret] : [];
        var bearer = open.BearerTokenRef is { } bearerReference ? Follow(bearerReference)[0] : open.BearerToken;
        return new Credentials(secrets, bearer, open.Headers);
    }

    /// <summary><c>secrets:NAME</c> is one secret, or a list: the first signs, the others sign too while receivers change over.</summary>
    private List<SigningSecret> Follow(string text)
    {
        if (!SecretReference.TryParse(text, out var reference)) throw new SecretUnavailableException($"the reference is none of this worker's; accepted: {SecretReference.Accepted}");
        var section = configuration.GetSection("secrets").GetSection(reference.Name);
        var values = section.Value is { Length: > 0 } one ? [one] : section.GetChildren().Select(child => child.Value).OfType<string>().Where(value => value.Length > 0);
        var secrets = values.Select(value => new SigningSecret(value)).ToList();
        return secrets.Count > 0 ? secrets : throw new SecretUnavailableException($"the configuration has no secrets:{reference.Name}");
    }
}
