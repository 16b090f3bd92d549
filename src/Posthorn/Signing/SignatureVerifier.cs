using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Posthorn.Envelopes;
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
        var signedAt = SignedAt(facts);
        var signsTime = contract.Content.Uses(Placeholder.Unix) || contract.Content.Uses(Placeholder.Iso);
        if (signsTime && !(signedAt is { } at && (now - at).Duration() <= Tolerance)) return SignatureVerdict.Stale;

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
        return Matches(contract, Signer.Sign(contract, [secret], body, values), contract.Prefix?.Render(values) ?? "", carried) ? SignatureVerdict.Verified : SignatureVerdict.Invalid;
    }

    /// <summary>Whether the signature is the one carried, or one of several: all are of one length, so each stands at a known place.</summary>
    private static bool Matches(SignatureContract contract, string expected, string prefix, string carried)
    {
        if (contract.Separator is not { } separator || !carried.StartsWith(prefix, StringComparison.Ordinal)) return SameText(expected, carried);
        var wanted = expected[prefix.Length..];
        var found = false;
        for (var at = prefix.Length; at + wanted.Length <= carried.Length; at += wanted.Length + separator.Length)
            found |= SameText(wanted, carried.Substring(at, wanted.Length));
        return found;
    }

    private static DateTimeOffset? SignedAt(Dictionary<Placeholder, string> facts)
    {
        if (long.TryParse(facts.GetValueOrDefault(Placeholder.Unix), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seconds) && Math.Abs(seconds) < 1L << 36)
            return DateTimeOffset.FromUnixTimeSeconds(seconds);
        return facts.TryGetValue(Placeholder.Iso, out var iso) && Rfc3339.TryParse(iso, out var time) ? time : null;
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
