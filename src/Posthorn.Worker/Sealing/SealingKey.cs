using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Posthorn.Worker.Sealing;

/// <summary>One key of 256 bits that seals are made with. Its id says nothing of it, and stands in every seal it makes.</summary>
public sealed class SealingKey
{
    /// <summary>What one looks like.</summary>
    public const string Accepted = "the base64 of 32 bytes, as 'openssl rand -base64 32' makes it; or several, the newest first; or keyvault:NAME; or file:PATH";

    private const int Bytes = 32;
    private const int IdBytes = 8;
    private readonly byte[] _key;

    private SealingKey(byte[] key)
    {
        _key = key;
        Id = Base64Url.EncodeToString(HMACSHA256.HashData(key, "posthorn.sealing.id"u8).AsSpan(0, IdBytes));
    }

    /// <summary>Tells the keys of a process apart.</summary>
    public string Id { get; }

    /// <summary>Reads keys with commas, spaces or line ends between; null when one of them is none, or there is none.</summary>
    public static IReadOnlyList<SealingKey>? ReadAll(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var keys = text.Split([',', ' ', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries).Select(Read).ToList();
        return keys.Count == 0 || keys.Contains(null) ? null : [.. keys.OfType<SealingKey>()];
    }

    /// <summary>The key of one seal: so many may be made with it that a nonce alone would repeat.</summary>
    public byte[] Derive(ReadOnlySpan<byte> salt)
    {
        var derived = new byte[Bytes];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, _key, derived, salt, Encoding.ASCII.GetBytes("posthorn.envelope.secrets.v1"));
        return derived;
    }

    private static SealingKey? Read(string text)
    {
        var key = new byte[text.Length];
        return Convert.TryFromBase64String(text, key, out var written) && written == Bytes ? new SealingKey(key[..Bytes]) : null;
    }
}
