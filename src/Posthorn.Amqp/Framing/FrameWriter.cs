using System.Buffers.Binary;
using Posthorn.Amqp.Types;

namespace Posthorn.Amqp.Framing;

/// <summary>Writes frames one after another into a buffer (AMQP 1.0 §2.3). A frame is whole or not there.</summary>
internal sealed class FrameWriter(AmqpBuffer buffer)
{
    private int _start;

    /// <summary>The largest frame the peer takes, in bytes.</summary>
    public int MaxFrameSize { get; set; } = AmqpLimits.MinMaxFrameSize;

    /// <summary>What writes the performative, between <see cref="Start"/> and <see cref="End"/>.</summary>
    public AmqpWriter Body { get; } = new(buffer);

    /// <summary>How many bytes the frame being written may still have.</summary>
    public int Room => MaxFrameSize - (buffer.Length - _start);

    /// <summary>Begins a frame.</summary>
    public AmqpWriter Start(ushort channel, byte type = FrameHeader.AmqpType)
    {
        _start = buffer.Length;
        var header = buffer.Take(FrameHeader.Length);
        (header[4], header[5]) = (FrameHeader.Length / 4, type);
        BinaryPrimitives.WriteUInt16BigEndian(header[6..], channel);
        return Body;
    }

    /// <summary>Ends the frame; false, and it is removed, when the peer wouldn't take it.</summary>
    public bool End()
    {
        var size = buffer.Length - _start;
        if (size > MaxFrameSize)
        {
            Cancel();
            return false;
        }

        BinaryPrimitives.WriteUInt32BigEndian(buffer.Written[_start..], (uint)size);
        return true;
    }

    /// <summary>Takes back what was written of the frame.</summary>
    public void Cancel() => buffer.Truncate(_start);

    /// <summary>Writes a frame without a body, which says that we are here (§2.4.5).</summary>
    public void Empty()
    {
        Start(channel: 0);
        End();
    }
}
