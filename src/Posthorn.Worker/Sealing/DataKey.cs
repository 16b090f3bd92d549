using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.ObjectPool;

namespace Posthorn.Worker.Sealing;

/// <summary>
/// A key that a process seals with for a while. It lies, wrapped by the key ring, in front of every box it makes, so that whoever has the
/// ring opens them, and only the first one of a key costs more than the cipher.
/// </summary>
/// <param name="key">32 random bytes.</param>
/// <param name="wrapped">The same, wrapped: printable ASCII without a full stop.</param>
internal sealed class DataKey(byte[] key, string wrapped)
{
    /// <summary>What a text begins with that one of these sealed.</summary>
    public const string Mark = "pkr1.";

    /// <summary>Random nonces of 96 bits may be used 2³² times with one key (SP 800-38D, section 8.3); this is far below.</summary>
    private const int MostSeals = 1 << 20;

    private static readonly byte[] Bound = Encoding.ASCII.GetBytes(Mark);
    private readonly ObjectPool<AesGcm> _ciphers = new DefaultObjectPool<AesGcm>(new CipherPolicy(key));
    private int _seals;

    /// <summary>The wrapped key and the box of a text; nothing when it has neither.</summary>
    public static bool TrySplit(string sealedText, out ReadOnlySpan<char> wrapped, out ReadOnlySpan<char> box)
    {
        wrapped = box = default;
        if (!sealedText.StartsWith(Mark, StringComparison.Ordinal)) return false;
        var rest = sealedText.AsSpan(Mark.Length);
        var stop = rest.IndexOf('.');
        if (stop < 0) return false;
        wrapped = rest[..stop];
        box = rest[(stop + 1)..];
        return true;
    }

    /// <summary>Seals a text; null when the key has sealed enough.</summary>
    public string? TrySeal(string plaintext)
    {
        if (Interlocked.Increment(ref _seals) > MostSeals) return null;
        var clear = Encoding.UTF8.GetBytes(plaintext);
        var box = new byte[SealedBox.Overhead + clear.Length];
        var cipher = _ciphers.Get();
        SealedBox.Seal(cipher, clear, Bound, box);
        _ciphers.Return(cipher);
        return $"{Mark}{wrapped}.{Base64Url.EncodeToString(box)}";
    }

    /// <summary>Opens a box of this key's.</summary>
    /// <exception cref="CryptographicException">It is damaged.</exception>
    public string Open(ReadOnlySpan<char> box)
    {
        var cipher = _ciphers.Get();
        try
        {
            return Encoding.UTF8.GetString(SealedBox.Open(cipher, SealedBox.Read(box), Bound));
        }
        finally
        {
            _ciphers.Return(cipher);
        }
    }

    private sealed class CipherPolicy(byte[] key) : PooledObjectPolicy<AesGcm>
    {
        public override AesGcm Create() => SealedBox.Cipher(key);

        public override bool Return(AesGcm obj) => true;
    }
}
