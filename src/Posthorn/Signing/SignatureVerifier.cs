using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Posthorn.Profiles;

namespace Posthorn.Signing;

/// <summary>The receiver's side: whether a request carries a signature its profile would have made.</summary>
public static class SignatureVerifier
{
    /// <summary>How far a signed timestamp may be from now, either way (Standard Webhooks 1.0, 'Verifying webhook authenticity').</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(300);

    /// <summary>Checks a request.</summary>
    /// <param name="profile">The contract it should follow.</param>
    /// <param name="secret">The receiver's secret.</param>
    /// <param name="header">Reads a header of the request; null when it is absent.</param>
    /// <param name="url">The URL the request came to.</param>
    /// <param name="body">The exact bytes received.</param>
    /// <param name="now">The time, for contracts that sign one.</param>
    public static SignatureVerdict Verify(
        Profile profile, SigningSecret secret, Func<string, string?> header, Uri url, ReadOnlySpan<byte> body, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(profile);
        ArgumentNullException.ThrowIfNull(header);
        if (profile.Signature is not { } contract || header(contract.Header) is not { } carried) return SignatureVerdict.Unsigned;

        var facts = Facts(profile, header, carried);
        var unix = facts.GetValueOrDefault(Placeholder.Unix);
        var signedAt = long.TryParse(unix, out var seconds) && Math.Abs(seconds) < 1L << 36 ? DateTimeOffset.FromUnixTimeSeconds(seconds) : (DateTimeOffset?)null;
        if (contract.Content.Uses(Placeholder.Unix) && !(signedAt is { } at && (now - at).Duration() <= Tolerance)) return SignatureVerdict.Stale;

        var values = new TemplateValues
        {
            Id = facts.GetValueOrDefault(Placeholder.Id, ""),
            Type = facts.GetValueOrDefault(Placeholder.Type, ""),
            Now = signedAt ?? now,
            Url = url,
            Attempt = int.TryParse(facts.GetValueOrDefault(Placeholder.Attempt), out var attempt) ? attempt : 1,
            Tenant = facts.GetValueOrDefault(Placeholder.Tenant),
            Subject = facts.GetValueOrDefault(Placeholder.Subject),
        };
        return Matches(contract, Signer.Sign(contract, [secret], body, values), carried) ? SignatureVerdict.Verified : SignatureVerdict.Invalid;
    }

    private static bool Matches(SignatureContract contract, string expected, string carried)
    {
        if (contract.Separator is not { } separator) return SameText(expected, carried);
        var parts = carried.Split(separator.Trim() is { Length: > 0 } trimmed ? trimmed : separator, StringSplitOptions.TrimEntries);
        var wanted = contract.Prefix is null ? expected : expected[(expected.LastIndexOf(separator, StringComparison.Ordinal) + separator.Length)..];
        return parts.Aggregate(seed: false, (found, part) => SameText(wanted, part) | found);
    }

    /// <summary>What headers say of the placeholders: those whose whole value is one, and the signature's own prefix.</summary>
    private static Dictionary<Placeholder, string> Facts(Profile profile, Func<string, string?> header, string carried)
    {
        var facts = new Dictionary<Placeholder, string>();
        foreach (var (name, template) in profile.Headers)
            if (template.Parts is [{ Placeholder: { } placeholder }] && header(name) is { } value) facts[placeholder] = value;

        if (profile.Signature?.Prefix is { } prefix)
        {
            var match = Regex.Match(carried, Pattern(prefix), RegexOptions.None, TimeSpan.FromSeconds(1));
            foreach (var part in prefix.Parts)
                if (part.Placeholder is { } placeholder && match.Groups[placeholder.ToString()] is { Success: true } group) facts[placeholder] = group.Value;
        }

        return facts;
    }

    private static string Pattern(Template template) =>
        "^" + string.Concat(template.Parts.Select(part => part.Literal is { } literal ? Regex.Escape(literal) : $"(?<{part.Placeholder}>[^,; ]+)"));

    private static bool SameText(string expected, string carried) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(expected), Encoding.UTF8.GetBytes(carried));
}

/// <summary>What a receiver can say of a signature.</summary>
public enum SignatureVerdict
{
    /// <summary>The request carries none.</summary>
    Unsigned,

    /// <summary>It holds.</summary>
    Verified,

    /// <summary>It does not hold.</summary>
    Invalid,

    /// <summary>The signed timestamp is missing, or further from now than a receiver tolerates.</summary>
    Stale,
}
