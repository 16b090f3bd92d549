using System.Security.Cryptography;
using Posthorn.Profiles;

namespace Posthorn.Signing;

/// <summary>What secrets look like. The answers never hold the secret.</summary>
public static class SecretForms
{
    private const int MaxLength = 1024;
    private const int KeyBytes = 32;

    /// <summary>A new signing secret of 256 bits in the form the profile asks for; null when it neither signs nor sends one.</summary>
    public static SigningSecret? Make(Profile profile)
    {
        ArgumentNullException.ThrowIfNull(profile);
        if (profile.Signature is null && !profile.Headers.Any(header => header.Value.Uses(Placeholder.Secret))) return null;
        var key = RandomNumberGenerator.GetBytes(KeyBytes);
        return new SigningSecret(profile.Signature?.Key switch
        {
            KeyEncoding.Whsec => $"whsec_{Convert.ToBase64String(key)}",
            KeyEncoding.Base64 => Convert.ToBase64String(key),
            _ => Convert.ToHexStringLower(key),
        });
    }

    /// <summary>What is wrong with a signing secret for a profile; null when nothing is.</summary>
    public static string? ProblemOf(SigningSecret secret, Profile profile)
    {
        ArgumentNullException.ThrowIfNull(secret);
        ArgumentNullException.ThrowIfNull(profile);
        if (secret.Reveal().Length > MaxLength) return $"has more than {MaxLength} characters";
        if (profile.Headers.Any(header => header.Value.Uses(Placeholder.Secret)) && !HeaderNames.IsValue(secret.Reveal()))
            return $"is sent in a header by the profile '{profile.Name}' and must be visible ASCII";
        return profile.Signature is { } contract && !KeyEncodings.TryDecode(secret, contract.Key, out _, out var error)
            ? $"{error} for the profile '{profile.Name}'"
            : null;
    }

    /// <summary>What is wrong with a bearer token; null when nothing is (RFC 6750, section 2.1).</summary>
    public static string? ProblemOfBearer(SigningSecret token)
    {
        ArgumentNullException.ThrowIfNull(token);
        var text = token.Reveal();
        return text.Length > 8 * MaxLength || !HeaderNames.IsValue(text) || text.Contains(' ', StringComparison.Ordinal)
            ? $"must be up to {8 * MaxLength} visible ASCII characters without spaces"
            : null;
    }
}
