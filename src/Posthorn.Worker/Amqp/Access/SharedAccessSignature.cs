using System.Globalization;
using System.Net;

namespace Posthorn.Worker.Amqp.Access;

/// <summary>
/// A shared access signature: <c>SharedAccessSignature sr=RESOURCE&amp;sig=SIGNATURE&amp;se=EXPIRY&amp;skn=KEYNAME</c>, each value URL-encoded. What is
/// signed is the resource as it stands there, still encoded, a line feed and the expiry in Unix seconds ("Service Bus access control with Shared Access Signatures").
/// </summary>
internal sealed record SharedAccessSignature
{
    private const string Scheme = "SharedAccessSignature ";
    private const int Longest = 4096;
    private static readonly long LastTime = DateTimeOffset.MaxValue.ToUnixTimeSeconds();

    /// <summary>What it gives access to, and to all below it.</summary>
    public required string Resource { get; init; }

    /// <summary>The name of the key it was signed with.</summary>
    public required string KeyName { get; init; }

    /// <summary>Until when it may be used.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>The HMAC-SHA256 it has.</summary>
    public required byte[] Signature { get; init; }

    /// <summary>The text that was signed.</summary>
    public required string Signed { get; init; }

    /// <summary>Reads a token; null when it is none.</summary>
    public static SharedAccessSignature? Read(string token)
    {
        if (token.Length > Longest || !token.StartsWith(Scheme, StringComparison.Ordinal)) return null;
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var field in token[Scheme.Length..].Split('&'))
            if (field.Split('=', 2) is not [var name, var value] || !fields.TryAdd(name, value)) return null;

        if (!fields.TryGetValue("sr", out var resource) || !fields.TryGetValue("sig", out var signature) || !fields.TryGetValue("se", out var expiry) || !fields.TryGetValue("skn", out var keyName)) return null;
        if (!long.TryParse(expiry, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) || Base64(WebUtility.UrlDecode(signature)) is not { } bytes) return null;
        return new SharedAccessSignature
        {
            Resource = WebUtility.UrlDecode(resource),
            KeyName = WebUtility.UrlDecode(keyName),
            ExpiresAt = DateTimeOffset.FromUnixTimeSeconds(Math.Min(seconds, LastTime)),
            Signature = bytes,
            Signed = $"{resource}\n{expiry}",
        };
    }

    /// <summary>Whether a resource is the one it is for, or below it: of the same host, whatever the scheme and the port.</summary>
    public bool Covers(string resource) =>
        string.Equals(HostOf(Resource), HostOf(resource), StringComparison.OrdinalIgnoreCase) && Claims.Cover(EntityAddress.PathOf(Resource), EntityAddress.PathOf(resource));

    private static string? HostOf(string resource) => Uri.TryCreate(resource, UriKind.Absolute, out var url) ? url.Host : null;

    private static byte[]? Base64(string text)
    {
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out var length) ? bytes[..length] : null;
    }
}
