using System.Collections.Frozen;
using Posthorn.Profiles;

namespace Posthorn.Sending;

/// <summary>
/// Which headers an envelope may bring. .NET would put some of the others on the wire as they are: a value with CR LF becomes a
/// second header.
/// </summary>
public static class HeaderRules
{
    /// <summary>The most headers an envelope may bring.</summary>
    public const int MaxCount = 50;

    /// <summary>The most characters they may have together.</summary>
    public const int MaxCharacters = 16 * 1024;

    // RFC 9110, section 7.6.1 (hop-by-hop), and those that describe the message, which are ours to say.
    private static readonly FrozenSet<string> Reserved = FrozenSet.ToFrozenSet(
        [
            "connection", "keep-alive", "proxy-connection", "proxy-authenticate", "proxy-authorization", "te", "trailer",
            "transfer-encoding", "upgrade", "expect", "host", "user-agent", "date", "allow", "expires", "last-modified",
        ],
        StringComparer.OrdinalIgnoreCase);

    /// <summary>Every header that cannot be sent, with what is wrong with it.</summary>
    /// <param name="headers">The envelope's headers.</param>
    /// <param name="profile">Its contract, whose own headers are taken.</param>
    /// <param name="hasBearerToken">Whether <c>Authorization</c> is taken too.</param>
    public static IEnumerable<(string Name, string Problem)> Problems(IReadOnlyDictionary<string, string> headers, Profile? profile, bool hasBearerToken)
    {
        ArgumentNullException.ThrowIfNull(headers);
        if (headers.Count > MaxCount) yield return ("", $"has {headers.Count} headers; at most {MaxCount} are accepted");
        if (headers.Sum(header => (long)header.Key.Length + header.Value.Length) > MaxCharacters)
            yield return ("", $"has more than {MaxCharacters} characters of headers");

        foreach (var (name, value) in headers)
        {
            if (!HeaderNames.IsToken(name)) yield return (name, "is not a header name (RFC 9110, section 5.1)");
            else if (IsTaken(name, profile, hasBearerToken)) yield return (name, "is a header that is not an envelope's to set");
            else if (!HeaderNames.IsValue(value)) yield return (name, "has a value with characters other than visible ASCII and inner spaces");
        }
    }

    /// <summary>Whether a header is HTTP's own, or describes the message, and so is nobody's to set.</summary>
    public static bool IsReserved(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return Reserved.Contains(name) || name.StartsWith("content-", StringComparison.OrdinalIgnoreCase);
    }

    private static bool IsTaken(string name, Profile? profile, bool hasBearerToken) =>
        IsReserved(name)
        || (hasBearerToken && Is(name, "authorization"))
        || (profile?.Signature is { } signature && Is(name, signature.Header))
        || (profile?.Headers.Any(header => Is(name, header.Name)) ?? false);

    private static bool Is(string name, string other) => name.Equals(other, StringComparison.OrdinalIgnoreCase);
}
