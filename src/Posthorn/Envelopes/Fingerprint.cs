using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace Posthorn.Envelopes;

/// <summary>A digest of what a producer said, so that the same id with another body can be told from a repetition.</summary>
internal static class Fingerprint
{
    private const byte UnitSeparator = 0x1F;
    private const string Absent = "\0"; // No producer's text has it.

    /// <summary>SHA-256 over texts, each with a separator, and the data; in one piece, as each call of the cipher library costs more than a copy.</summary>
    public static byte[] Of(ReadOnlySpan<string?> texts, ReadOnlySpan<byte> data)
    {
        var length = data.Length;
        foreach (var text in texts) length += Encoding.UTF8.GetMaxByteCount((text ?? Absent).Length) + 1;
        var said = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            var written = 0;
            foreach (var text in texts)
            {
                written += Encoding.UTF8.GetBytes(text ?? Absent, said.AsSpan(written));
                said[written++] = UnitSeparator;
            }

            data.CopyTo(said.AsSpan(written));
            return SHA256.HashData(said.AsSpan(0, written + data.Length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(said);
        }
    }
}
