using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace Posthorn.Amqp.Types;

/// <summary>Lists, maps and arrays (AMQP 1.0 §1.6.22–24): their headers, and passing over them.</summary>
public ref partial struct AmqpReader
{
    /// <summary>Reads the beginning of a list; the elements follow.</summary>
    /// <param name="end">Where the list ends.</param>
    /// <returns>How many elements it has; no more than bytes are there.</returns>
    private int ListHeader(out int end) => ListHeader(Code(), out end);

    private int ListHeader(byte code, out int end)
    {
        end = Position;
        return code switch
        {
            FormatCode.List0 => 0,
            FormatCode.List8 => CompoundHeader(isWide: false, out end),
            FormatCode.List32 => CompoundHeader(isWide: true, out end),
            _ => throw Unexpected(code, "list"),
        };
    }

    /// <summary>Reads the size and the count, which every compound and array begins with (§1.2.3, §1.2.4).</summary>
    private int CompoundHeader(bool isWide, out int end)
    {
        var size = isWide ? Size32() : Byte();
        if (size > Left || size < (isWide ? 4 : 1)) throw TooShort();
        end = Position + size;
        var count = isWide ? BinaryPrimitives.ReadUInt32BigEndian(Bytes(4)) : Byte();
        if (count > (uint)(end - Position)) throw AmqpException.Decode("A compound counts more elements than it has bytes.");
        Count(count);
        return (int)count;
    }

    private int MapHeader(byte code, out int end)
    {
        var count = CompoundHeader(code == FormatCode.Map32, out end);
        if (count % 2 != 0) throw AmqpException.Decode("A map has a key without a value.");
        return count / 2 <= limits.MaxMapPairs ? count / 2 : throw AmqpException.TooMuch($"A map has more than {limits.MaxMapPairs} pairs.");
    }

    /// <summary>Reads an array's header and the one constructor of its elements, with the descriptor when it is described.</summary>
    private int ArrayHeader(byte code, out int end, out object? descriptor, out byte element)
    {
        var isWide = code == FormatCode.Array32;
        var size = isWide ? Size32() : Byte();
        if (size > Left || size < (isWide ? 5 : 2)) throw TooShort();
        end = Position + size;
        var count = isWide ? BinaryPrimitives.ReadUInt32BigEndian(Bytes(4)) : Byte();
        element = Byte();
        descriptor = null;
        if (element == FormatCode.Described)
        {
            descriptor = ReadValue() ?? throw AmqpException.Decode("A descriptor is null.");
            element = Byte();
        }

        CheckArray(count, element, end);
        return (int)count;
    }

    private void CheckArray(uint count, byte element, int end)
    {
        if (!FormatCode.IsKnown(element)) throw AmqpException.Decode($"0x{element:x2} is no constructor.");
        var smallest = Math.Abs(FormatCode.FixedWidth(element)); // The size of one of variable width takes a byte at least.
        if ((ulong)count * (ulong)smallest > (ulong)Math.Max(end - Position, 0)) throw AmqpException.Decode("An array counts more elements than it has bytes.");
        Count(count);
    }

    private readonly void MustBeAt(int end)
    {
        if (Position != end) throw AmqpException.Decode("The size of a compound is not that of its elements.");
    }

    private void SkipBody(byte code)
    {
        switch (code)
        {
            case FormatCode.Described:
                Deeper();
                Skip();
                Skip();
                _depth--;
                break;
            case FormatCode.List0 or FormatCode.List8 or FormatCode.List32:
                SkipElements(ListHeader(code, out var listEnd), listEnd);
                break;
            case FormatCode.Map8 or FormatCode.Map32:
                SkipElements(MapHeader(code, out var mapEnd) * 2, mapEnd);
                break;
            case FormatCode.Array8 or FormatCode.Array32:
                SkipArray(code);
                break;
            default:
                SkipPrimitive(code);
                break;
        }
    }

    private void SkipElements(int count, int end)
    {
        Deeper();
        for (var left = count; left > 0; left--) Skip();
        _depth--;
        MustBeAt(end);
    }

    private void SkipArray(byte code)
    {
        Deeper();
        var count = ArrayHeader(code, out var end, out _, out var element);
        for (var left = count; left > 0; left--) SkipBody(element);
        _depth--;
        MustBeAt(end);
    }

    private void SkipPrimitive(byte code)
    {
        switch (code)
        {
            case FormatCode.Boolean:
                BooleanBody(code);
                break;
            case FormatCode.Char:
                RuneBody();
                break;
            case FormatCode.String8 or FormatCode.String32:
                if (!Utf8.IsValid(Bytes(code == FormatCode.String8 ? Byte() : Size32()))) throw AmqpException.Decode("A string is not in UTF-8.");
                break;
            case FormatCode.Symbol8 or FormatCode.Symbol32:
                Ascii(code == FormatCode.Symbol8 ? Byte() : Size32());
                break;
            case FormatCode.Binary8 or FormatCode.Binary32:
                Bytes(code == FormatCode.Binary8 ? Byte() : Size32());
                break;
            default:
                Bytes(FormatCode.IsKnown(code) ? FormatCode.FixedWidth(code) : throw AmqpException.Decode($"0x{code:x2} is no constructor."));
                break;
        }
    }

    private Rune RuneBody() => BinaryPrimitives.ReadUInt32BigEndian(Bytes(4)) is var point && Rune.IsValid(point) ? new Rune(point) : throw AmqpException.Decode("A char is no Unicode scalar.");
}
