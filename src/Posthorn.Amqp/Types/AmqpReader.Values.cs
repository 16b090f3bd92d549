using System.Buffers.Binary;
using System.Text;

namespace Posthorn.Amqp.Types;

/// <summary>Values of any type, as objects: what maps, filters and message bodies may hold.</summary>
public ref partial struct AmqpReader
{
    private const int FirstCapacity = 64;
    private static readonly object True = true;
    private static readonly object False = false;

    /// <summary>
    /// Reads one value of any type: null, a primitive of .NET, <see cref="System.Text.Rune"/>, <see cref="AmqpTimestamp"/>,
    /// <see cref="Guid"/>, a byte array, <see cref="Symbol"/>, <see cref="AmqpDecimal"/>, a list of objects, <see cref="AmqpMap"/>,
    /// <see cref="AmqpArray"/> or <see cref="Described"/>.
    /// </summary>
    public object? ReadValue() => ValueBody(Code());

    /// <summary>Reads a map.</summary>
    public AmqpMap ReadMap() => Code() is var code && code is FormatCode.Map8 or FormatCode.Map32 ? MapBody(code) : throw Unexpected(code, "map");

    private object? ValueBody(byte code) => code switch
    {
        FormatCode.Described => DescribedBody(),
        FormatCode.Null => null,
        FormatCode.True or FormatCode.False or FormatCode.Boolean => BooleanBody(code) ? True : False,
        FormatCode.UInt0 or FormatCode.SmallUInt or FormatCode.UInt => UIntBody(code),
        FormatCode.ULong0 or FormatCode.SmallULong or FormatCode.ULong => ULongBody(code),
        FormatCode.List0 or FormatCode.List8 or FormatCode.List32 => ListBody(code),
        FormatCode.Map8 or FormatCode.Map32 => MapBody(code),
        FormatCode.Array8 or FormatCode.Array32 => ArrayBody(code),
        FormatCode.Binary8 or FormatCode.Binary32 => Bytes(code == FormatCode.Binary8 ? Byte() : Size32()).ToArray(),
        FormatCode.String8 or FormatCode.String32 => Text(Bytes(code == FormatCode.String8 ? Byte() : Size32())),
        FormatCode.Symbol8 or FormatCode.Symbol32 => new Symbol(Encoding.ASCII.GetString(Ascii(code == FormatCode.Symbol8 ? Byte() : Size32()))),
        _ => FixedBody(code),
    };

    private object FixedBody(byte code) => code switch
    {
        FormatCode.UByte => Byte(),
        FormatCode.Byte => (sbyte)Byte(),
        FormatCode.SmallInt => (int)(sbyte)Byte(),
        FormatCode.SmallLong => (long)(sbyte)Byte(),
        FormatCode.UShort => BinaryPrimitives.ReadUInt16BigEndian(Bytes(2)),
        FormatCode.Short => BinaryPrimitives.ReadInt16BigEndian(Bytes(2)),
        FormatCode.Int => BinaryPrimitives.ReadInt32BigEndian(Bytes(4)),
        FormatCode.Long => BinaryPrimitives.ReadInt64BigEndian(Bytes(8)),
        FormatCode.Float => BinaryPrimitives.ReadSingleBigEndian(Bytes(4)),
        FormatCode.Double => BinaryPrimitives.ReadDoubleBigEndian(Bytes(8)),
        FormatCode.Char => RuneBody(),
        FormatCode.Timestamp => new AmqpTimestamp(BinaryPrimitives.ReadInt64BigEndian(Bytes(8))),
        FormatCode.Uuid => new Guid(Bytes(16), bigEndian: true),
        FormatCode.Decimal32 or FormatCode.Decimal64 or FormatCode.Decimal128 => new AmqpDecimal(Bytes(FormatCode.FixedWidth(code))),
        _ => throw AmqpException.Decode($"0x{code:x2} is no constructor."),
    };

    private Described DescribedBody()
    {
        Deeper();
        var descriptor = ReadValue() ?? throw AmqpException.Decode("A descriptor is null.");
        var described = new Described(descriptor, ReadValue());
        _depth--;
        return described;
    }

    private List<object?> ListBody(byte code)
    {
        Deeper();
        var count = ListHeader(code, out var end);
        var list = new List<object?>(Math.Min(count, FirstCapacity));
        for (var left = count; left > 0; left--) list.Add(ReadValue());
        _depth--;
        MustBeAt(end);
        return list;
    }

    private AmqpMap MapBody(byte code)
    {
        Deeper();
        var pairs = MapHeader(code, out var end);
        var map = new AmqpMap(Math.Min(pairs, FirstCapacity));
        for (var left = pairs; left > 0; left--)
        {
            var key = ReadValue() ?? throw AmqpException.Decode("A key is null.");
            if (!map.TryAdd(key, ReadValue())) throw AmqpException.Decode("A map has a key twice."); // §1.6.23
        }

        _depth--;
        MustBeAt(end);
        return map;
    }

    private AmqpArray ArrayBody(byte code)
    {
        Deeper();
        var count = ArrayHeader(code, out var end, out var descriptor, out var element);
        var items = new List<object?>(Math.Min(count, FirstCapacity));
        for (var left = count; left > 0; left--)
        {
            var item = ValueBody(element);
            items.Add(descriptor is null ? item : new Described(descriptor, item));
        }

        _depth--;
        MustBeAt(end);
        return new AmqpArray(items);
    }
}
