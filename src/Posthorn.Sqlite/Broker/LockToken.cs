using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Posthorn.Sqlite.Broker;

/// <summary>What a receiver settles a message by. It says which message it is, so that any connection may use it, also after a restart.</summary>
/// <param name="SequenceNumber">The message's, or the dead letter's.</param>
/// <param name="Key">What only its receiver knows.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct LockToken(long SequenceNumber, long Key)
{
    private const int Half = sizeof(long);

    /// <summary>Reads what <see cref="ToGuid"/> wrote; of any other one it names a lock that nobody holds.</summary>
    public static LockToken From(Guid token)
    {
        Span<byte> bytes = stackalloc byte[2 * Half];
        token.TryWriteBytes(bytes);
        return new LockToken(BinaryPrimitives.ReadInt64BigEndian(bytes), BinaryPrimitives.ReadInt64BigEndian(bytes[Half..]));
    }

    /// <summary>The form in which it travels.</summary>
    public Guid ToGuid()
    {
        Span<byte> bytes = stackalloc byte[2 * Half];
        BinaryPrimitives.WriteInt64BigEndian(bytes, SequenceNumber);
        BinaryPrimitives.WriteInt64BigEndian(bytes[Half..], Key);
        return new Guid(bytes);
    }

    internal static long NewKey() => BitConverter.ToInt64(RandomNumberGenerator.GetBytes(Half));
}
