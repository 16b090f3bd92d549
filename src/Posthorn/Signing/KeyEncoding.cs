using System.Text;

namespace Posthorn.Signing;

/// <summary>How the bytes of an HMAC key come from the secret's text.</summary>
public enum KeyEncoding
{
    /// <summary>The text itself, as UTF-8.</summary>
    Utf8,

    /// <summary>Base64, after an optional <c>whsec_</c>; 24 to 64 bytes (Standard Webhooks 1.0, 'Signature scheme').</summary>
    Whsec,

    /// <summary>Base64.</summary>
    Base64,

    /// <summary>Hexadecimal.</summary>
    Hex,
}

/// <summary>Turns a secret into key bytes.</summary>
public static class KeyEncodings
{
    private const string WhsecPrefix = "whsec_";

    /// <summary>Reads the key, or says what the secret should look like; the message never holds the secret.</summary>
    public static bool TryDecode(SigningSecret secret, KeyEncoding encoding, out byte[] key, out string? error)
    {
        ArgumentNullException.ThrowIfNull(secret);
        var text = secret.Reveal();
        (key, error) = encoding switch
        {
            KeyEncoding.Utf8 => (Encoding.UTF8.GetBytes(text), (string?)null),
            KeyEncoding.Whsec => Whsec(text),
            KeyEncoding.Base64 => FromBase64(text) is { Length: > 0 } bytes ? (bytes, null) : ([], "must be base64"),
            KeyEncoding.Hex => FromHex(text),
            _ => throw new ArgumentOutOfRangeException(nameof(encoding), encoding, message: null),
        };
        return error is null;
    }

    private static (byte[] Key, string? Error) Whsec(string text)
    {
        var key = FromBase64(text.StartsWith(WhsecPrefix, StringComparison.Ordinal) ? text.AsSpan(WhsecPrefix.Length) : text);
        return key is { Length: >= 24 and <= 64 } ? (key, null) : ([], "must be 'whsec_' and the base64 of 24 to 64 bytes");
    }

    private static (byte[] Key, string? Error) FromHex(string text)
    {
        try
        {
            return text.Length == 0 ? ([], "must be hexadecimal") : (Convert.FromHexString(text), null);
        }
        catch (FormatException)
        {
            return ([], "must be hexadecimal");
        }
    }

    private static byte[]? FromBase64(ReadOnlySpan<char> text)
    {
        var buffer = new byte[text.Length];
        return Convert.TryFromBase64Chars(text, buffer, out var written) ? buffer[..written] : null;
    }
}
