using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace Posthorn.Amqp.Types;

/// <summary>
/// Reads encoded values (AMQP 1.0 §1) out of bytes that a stranger wrote. It never looks past them, and whatever a count or a size
/// claims is held against the bytes that are there and against the limits before anything is allocated.
/// </summary>
/// <remarks>Every method throws <see cref="AmqpException"/> with <c>amqp:decode-error</c> when the bytes hold no such value.</remarks>
public ref partial struct AmqpReader(ReadOnlySpan<byte> data, AmqpLimits limits)
{
    private readonly ReadOnlySpan<byte> _data = data;
    private int _elementsLeft = limits.MaxElements;
    private int _depth;
    private int _fieldsLeft;
    private int _fieldsEnd;

    /// <summary>How many bytes were read.</summary>
    public int Position { get; private set; }

    /// <summary>Whether all were read.</summary>
    public readonly bool IsAtEnd => Position == _data.Length;

    /// <summary>The bytes not yet read.</summary>
    public readonly ReadOnlySpan<byte> Rest => _data[Position..];

    private readonly int Left => _data.Length - Position;

    /// <summary>Reads a null when there is one.</summary>
    public bool TryReadNull()
    {
        if (Left == 0 || _data[Position] != FormatCode.Null) return false;
        Position++;
        return true;
    }

    /// <summary>Reads a boolean (§1.6.2).</summary>
    public bool ReadBoolean() => BooleanBody(Code());

    /// <summary>Reads an unsigned byte (§1.6.3).</summary>
    public byte ReadUByte() => Code() is var code && code == FormatCode.UByte ? Byte() : throw Unexpected(code, "ubyte");

    /// <summary>Reads an unsigned 16-bit number (§1.6.4).</summary>
    public ushort ReadUShort() => Code() is var code && code == FormatCode.UShort ? BinaryPrimitives.ReadUInt16BigEndian(Bytes(2)) : throw Unexpected(code, "ushort");

    /// <summary>Reads an unsigned 32-bit number (§1.6.5).</summary>
    public uint ReadUInt() => UIntBody(Code());

    /// <summary>Reads an unsigned 64-bit number (§1.6.6).</summary>
    public ulong ReadULong() => ULongBody(Code());

    /// <summary>Reads a point in time (§1.6.17).</summary>
    public AmqpTimestamp ReadTimestamp() =>
        Code() is var code && code == FormatCode.Timestamp ? new(BinaryPrimitives.ReadInt64BigEndian(Bytes(8))) : throw Unexpected(code, "timestamp");

    /// <summary>Reads bytes (§1.6.19); they are a slice of what is read from.</summary>
    public ReadOnlySpan<byte> ReadBinary() => Code() switch
    {
        FormatCode.Binary8 => Bytes(Byte()),
        FormatCode.Binary32 => Bytes(Size32()),
        var code => throw Unexpected(code, "binary"),
    };

    /// <summary>Reads a text (§1.6.20).</summary>
    public string ReadString() => Code() switch
    {
        FormatCode.String8 => Text(Bytes(Byte())),
        FormatCode.String32 => Text(Bytes(Size32())),
        var code => throw Unexpected(code, "string"),
    };

    /// <summary>Reads a symbol (§1.6.21).</summary>
    public Symbol ReadSymbol() => Encoding.ASCII.GetString(ReadSymbolBytes());

    /// <summary>Reads the ASCII bytes of a symbol.</summary>
    public ReadOnlySpan<byte> ReadSymbolBytes() => Code() switch
    {
        FormatCode.Symbol8 => Ascii(Byte()),
        FormatCode.Symbol32 => Ascii(Size32()),
        var code => throw Unexpected(code, "symbol"),
    };

    /// <summary>Passes over one value of any type, which it checks as thoroughly as if it were read.</summary>
    public void Skip() => SkipBody(Code());

    private byte Code() => Byte();

    private byte Byte()
    {
        if (Left == 0) throw TooShort();
        return _data[Position++];
    }

    private ReadOnlySpan<byte> Bytes(int count)
    {
        if (count > Left) throw TooShort();
        var bytes = _data.Slice(Position, count);
        Position += count;
        return bytes;
    }

    /// <summary>A size of four bytes, which cannot be more than what is left.</summary>
    private int Size32()
    {
        var size = BinaryPrimitives.ReadUInt32BigEndian(Bytes(4));
        return size > Left ? throw TooShort() : (int)size;
    }

    private bool BooleanBody(byte code) => code switch
    {
        FormatCode.True => true,
        FormatCode.False => false,
        FormatCode.Boolean => Byte() switch { 0 => false, 1 => true, _ => throw AmqpException.Decode("A boolean is 0 or 1.") },
        _ => throw Unexpected(code, "boolean"),
    };

    private uint UIntBody(byte code) => code switch
    {
        FormatCode.UInt0 => 0,
        FormatCode.SmallUInt => Byte(),
        FormatCode.UInt => BinaryPrimitives.ReadUInt32BigEndian(Bytes(4)),
        _ => throw Unexpected(code, "uint"),
    };

    private ulong ULongBody(byte code) => code switch
    {
        FormatCode.ULong0 => 0,
        FormatCode.SmallULong => Byte(),
        FormatCode.ULong => BinaryPrimitives.ReadUInt64BigEndian(Bytes(8)),
        _ => throw Unexpected(code, "ulong"),
    };

    private static string Text(ReadOnlySpan<byte> bytes) =>
        Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : throw AmqpException.Decode("A string is not in UTF-8.");

    private ReadOnlySpan<byte> Ascii(int length)
    {
        if (length > limits.MaxSymbolLength) throw AmqpException.TooMuch($"A symbol has {length} bytes; at most {limits.MaxSymbolLength} are taken.");
        var bytes = Bytes(length);
        return System.Text.Ascii.IsValid(bytes) ? bytes : throw AmqpException.Decode("A symbol is not in ASCII.");
    }

    private void Deeper()
    {
        if (++_depth > limits.MaxDepth) throw AmqpException.TooMuch($"Values are nested deeper than {limits.MaxDepth}.");
    }

    private void Count(uint elements)
    {
        if (elements > (uint)_elementsLeft) throw AmqpException.TooMuch($"A value has more than {limits.MaxElements} elements.");
        _elementsLeft -= (int)elements;
    }

    private static AmqpException TooShort() => AmqpException.Decode("A value is longer than what holds it.");

    private static AmqpException Unexpected(byte code, string type) => AmqpException.Decode($"The constructor 0x{code:x2} is not one of {type}.");
}
