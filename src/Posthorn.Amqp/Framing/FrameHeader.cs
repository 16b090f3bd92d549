using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Posthorn.Amqp.Framing;

/// <summary>The eight bytes every frame begins with (AMQP 1.0 §2.3.1).</summary>
/// <param name="Size">Of the whole frame, in bytes.</param>
/// <param name="BodyOffset">Where the body begins, in bytes; what is between is an extended header, which is passed over.</param>
/// <param name="Type">0 for AMQP, 1 for SASL.</param>
/// <param name="Channel">The channel, of an AMQP frame.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct FrameHeader(int Size, int BodyOffset, byte Type, ushort Channel)
{
    public const int Length = 8;
    public const byte AmqpType = 0;
    public const byte SaslType = 1;

    /// <summary>Reads a header and holds it against the largest frame that is taken.</summary>
    public static FrameHeader Read(ReadOnlySpan<byte> bytes, int maxFrameSize)
    {
        var size = BinaryPrimitives.ReadUInt32BigEndian(bytes);
        var offset = bytes[4] * 4;
        if (size < Length) throw AmqpException.Framing($"A frame has {size} bytes, fewer than its header.");
        if (size > (uint)maxFrameSize) throw AmqpException.Framing($"A frame has {size} bytes; at most {maxFrameSize} are taken.");
        if (offset < Length || offset > size) throw AmqpException.Framing($"A frame's body cannot begin at {offset}.");
        return new((int)size, offset, bytes[5], BinaryPrimitives.ReadUInt16BigEndian(bytes[6..]));
    }
}
