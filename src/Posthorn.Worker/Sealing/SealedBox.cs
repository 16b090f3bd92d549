using System.Buffers.Text;
using System.Security.Cryptography;

namespace Posthorn.Worker.Sealing;

/// <summary>AES-256-GCM (NIST SP 800-38D) with a nonce of 96 random bits: nonce, tag of 128 bits, and ciphertext in one.</summary>
internal static class SealedBox
{
    /// <summary>The bytes of a key.</summary>
    public const int KeyBytes = 32;

    /// <summary>How much longer a box is than what is in it.</summary>
    public const int Overhead = NonceBytes + TagBytes;

    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    /// <summary>The cipher of a key. It is for one thread at a time.</summary>
    public static AesGcm Cipher(ReadOnlySpan<byte> key) => new(key, TagBytes);

    /// <summary>Fills a box of the text's length and <see cref="Overhead"/>.</summary>
    /// <param name="cipher">The key's.</param>
    /// <param name="clear">What goes in.</param>
    /// <param name="bound">What the box is not to be opened without.</param>
    /// <param name="box">The box.</param>
    public static void Seal(AesGcm cipher, ReadOnlySpan<byte> clear, ReadOnlySpan<byte> bound, Span<byte> box)
    {
        RandomNumberGenerator.Fill(box[..NonceBytes]);
        cipher.Encrypt(box[..NonceBytes], clear, box[Overhead..], box[NonceBytes..Overhead], bound);
    }

    /// <summary>What is in a box.</summary>
    /// <exception cref="CryptographicException">The key or the bound is another, or the box is damaged.</exception>
    public static byte[] Open(AesGcm cipher, ReadOnlySpan<byte> box, ReadOnlySpan<byte> bound)
    {
        if (box.Length < Overhead) throw new CryptographicException("The box is too short.");
        var clear = new byte[box.Length - Overhead];
        cipher.Decrypt(box[..NonceBytes], box[Overhead..], box[NonceBytes..Overhead], clear, bound);
        return clear;
    }

    /// <summary>The bytes that a box was written as.</summary>
    /// <exception cref="CryptographicException">It is not base64url.</exception>
    public static byte[] Read(ReadOnlySpan<char> text)
    {
        try
        {
            return Base64Url.DecodeFromChars(text);
        }
        catch (FormatException malformed)
        {
            throw new CryptographicException("The box is not base64url.", malformed);
        }
    }
}
