using System.Buffers;

namespace Posthorn.Amqp.Framing;

/// <summary>Takes whole frames off the front of what came. A frame that lies in one piece is looked at where it lies.</summary>
internal sealed class FrameInput(int maxFrameSize)
{
    private byte[] _joined = [];

    /// <summary>The largest frame that is taken, in bytes.</summary>
    public int MaxFrameSize { get; set; } = maxFrameSize;

    /// <summary>Takes the next frame; false when it hasn't all come.</summary>
    /// <exception cref="AmqpException"><c>amqp:connection:framing-error</c>.</exception>
    public bool TryTake(ref ReadOnlySequence<byte> buffer, out FrameHeader header, out ReadOnlySpan<byte> body)
    {
        header = default;
        body = default;
        if (buffer.Length < FrameHeader.Length) return false;
        header = FrameHeader.Read(Join(buffer.Slice(0, FrameHeader.Length)), MaxFrameSize);
        if (buffer.Length < header.Size) return false;
        body = Join(buffer.Slice(0, header.Size))[header.BodyOffset..];
        buffer = buffer.Slice(header.Size);
        return true;
    }

    /// <summary>Takes the protocol header; false when it hasn't all come.</summary>
    public static bool TryTakeHeader(ref ReadOnlySequence<byte> buffer, out byte? protocol)
    {
        Span<byte> bytes = stackalloc byte[ProtocolHeader.Size];
        var length = (int)Math.Min(buffer.Length, ProtocolHeader.Size);
        buffer.Slice(0, length).CopyTo(bytes);
        protocol = ProtocolHeader.Read(bytes);
        if (length < ProtocolHeader.Size) return !ProtocolHeader.MayBe(bytes[..length]);
        buffer = buffer.Slice(length);
        return true;
    }

    private ReadOnlySpan<byte> Join(ReadOnlySequence<byte> pieces)
    {
        if (pieces.IsSingleSegment) return pieces.FirstSpan;
        var length = (int)pieces.Length;
        if (_joined.Length < length) _joined = new byte[Math.Min(Math.Max(length, 2 * _joined.Length), MaxFrameSize)];
        pieces.CopyTo(_joined);
        return _joined.AsSpan(0, length);
    }
}
