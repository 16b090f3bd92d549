using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;

namespace Posthorn.Worker.Sealing;

/// <summary>The data keys that a process has made or met, each of them unwrapped once.</summary>
internal sealed class DataKeys
{
    private const int MostKept = 256; // Every 'posthorn send' makes one.
    private readonly ConcurrentDictionary<string, DataKey> _known = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, DataKey>.AlternateLookup<ReadOnlySpan<char>> _byText;
    private volatile DataKey? _own;

    public DataKeys() => _byText = _known.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Seals with this process's own key, making one when there is none or it has sealed enough.</summary>
    /// <exception cref="CryptographicException">The ring cannot wrap a key.</exception>
    public string Seal(string plaintext, IDataProtector ring)
    {
        while (true)
        {
            if (_own?.TrySeal(plaintext) is { } text) return text;
            _own = Make(ring);
        }
    }

    /// <summary>Opens a box with the key it comes with.</summary>
    /// <exception cref="CryptographicException">The ring cannot unwrap it, or the box is damaged.</exception>
    public string Open(ReadOnlySpan<char> wrapped, ReadOnlySpan<char> box, IDataProtector ring)
    {
        if (!_byText.TryGetValue(wrapped, out var key)) key = Keep($"{wrapped}", ring.Unprotect(SealedBox.Read(wrapped)));
        return key.Open(box);
    }

    private DataKey Make(IDataProtector ring)
    {
        var key = RandomNumberGenerator.GetBytes(SealedBox.KeyBytes);
        return Keep(Base64Url.EncodeToString(ring.Protect(key)), key);
    }

    private DataKey Keep(string wrapped, byte[] key)
    {
        if (key.Length != SealedBox.KeyBytes) throw new CryptographicException("What is wrapped is no key.");
        if (_known.Count >= MostKept) _known.Clear();
        return _known.GetOrAdd(wrapped, new DataKey(key, wrapped));
    }
}
