using System.Buffers.Binary;
using System.Text;

namespace Posthorn.Amqp.Types;

/// <summary>Values of any type, given as objects: the same that <see cref="AmqpReader.ReadValue"/> gives.</summary>
public sealed partial class AmqpWriter
{
    /// <summary>Writes any value.</summary>
    /// <exception cref="NotSupportedException">It is of a type that AMQP doesn't have.</exception>
    public void Value(object? value)
    {
        switch (value)
        {
            case null: Null(); break;
            case bool flag: Boolean(flag); break;
            case byte number: UByte(number); break;
            case ushort number: UShort(number); break;
            case uint number: UInt(number); break;
            case ulong number: ULong(number); break;
            case int number when number is >= sbyte.MinValue and <= sbyte.MaxValue: Small(FormatCode.SmallInt, (byte)number); break;
            case long number when number is >= sbyte.MinValue and <= sbyte.MaxValue: Small(FormatCode.SmallLong, (byte)number); break;
            case string text: String(text); break;
            case Symbol symbol: Symbol(symbol); break;
            case byte[] bytes: Binary(bytes); break;
            case ReadOnlyMemory<byte> bytes: Binary(bytes.Span); break;
            case Memory<byte> bytes: Binary(bytes.Span); break;
            case DateTimeOffset time: Timestamp(AmqpTimestamp.From(time)); break;
            case AmqpMap map: Map(map); break;
            case AmqpArray array: Array(array); break;
            case IReadOnlyList<object?> list: List(list); break;
            case Described described: Describe(described); break;
            default: Wide(value); break;
        }
    }

    /// <summary>Writes a map, or null.</summary>
    public void Map(AmqpMap? map)
    {
        if (map is null)
        {
            Null();
            return;
        }

        var start = StartMap();
        foreach (var (key, value) in map)
        {
            Value(key);
            Value(value);
        }

        EndMap(start, map.Count);
    }

    /// <summary>Writes a list.</summary>
    public void List(IReadOnlyList<object?> list)
    {
        var start = StartList();
        foreach (var item in list) Value(item);
        EndList(start, list.Count);
    }

    private void Describe(Described described)
    {
        Code(FormatCode.Described);
        Value(described.Descriptor);
        Value(described.Value);
    }

    private void Wide(object value)
    {
        var code = WideCode(value);
        Code(code);
        Body(code, value);
    }

    /// <summary>Writes an array: one constructor, the widest of its type, and the bare data of each element.</summary>
    private void Array(AmqpArray array)
    {
        var start = buffer.Length;
        var header = Constructed(FormatCode.Array32, 8);
        BinaryPrimitives.WriteUInt32BigEndian(header[4..], (uint)array.Items.Count);
        var code = array.Items.Count == 0 ? FormatCode.Null : WideCode(array.Items[0] ?? throw new NotSupportedException("An array of nulls says nothing."));
        Code(code);
        foreach (var item in array.Items)
        {
            if (item is null || WideCode(item) != code) throw new NotSupportedException("The elements of an array are of one type.");
            Body(code, item);
        }

        BinaryPrimitives.WriteUInt32BigEndian(buffer.Written[(start + 1)..], (uint)(buffer.Length - start - 5));
    }

    private static byte WideCode(object value) => value switch
    {
        bool => FormatCode.Boolean,
        byte => FormatCode.UByte,
        ushort => FormatCode.UShort,
        uint => FormatCode.UInt,
        ulong => FormatCode.ULong,
        sbyte => FormatCode.Byte,
        short => FormatCode.Short,
        int => FormatCode.Int,
        long => FormatCode.Long,
        float => FormatCode.Float,
        double => FormatCode.Double,
        Rune => FormatCode.Char,
        AmqpTimestamp => FormatCode.Timestamp,
        Guid => FormatCode.Uuid,
        AmqpDecimal { Bytes.Length: 4 } => FormatCode.Decimal32,
        AmqpDecimal { Bytes.Length: 8 } => FormatCode.Decimal64,
        AmqpDecimal => FormatCode.Decimal128,
        byte[] => FormatCode.Binary32,
        string => FormatCode.String32,
        Types.Symbol => FormatCode.Symbol32,
        AmqpMap => FormatCode.Map32,
        IReadOnlyList<object?> => FormatCode.List32,
        _ => throw new NotSupportedException($"AMQP has no type for {value.GetType()} here."),
    };

    private void Body(byte code, object value)
    {
        switch (value)
        {
            case string text: Encoding.UTF8.GetBytes(text, Sized32(Encoding.UTF8.GetByteCount(text))); break;
            case Symbol symbol: Encoding.ASCII.GetBytes(symbol.Value, Sized32(symbol.Value.Length)); break;
            case byte[] bytes: bytes.CopyTo(Sized32(bytes.Length)); break;
            case AmqpMap map: Elements(map.Count * 2, map.SelectMany(pair => (object?[])[pair.Key, pair.Value])); break;
            case IReadOnlyList<object?> list: Elements(list.Count, list); break;
            default: Fixed(value, buffer.Take(FormatCode.FixedWidth(code))); break;
        }
    }

    private static void Fixed(object value, Span<byte> bytes)
    {
        switch (value)
        {
            case bool flag: bytes[0] = flag ? (byte)1 : (byte)0; break;
            case byte number: bytes[0] = number; break;
            case sbyte number: bytes[0] = (byte)number; break;
            case ushort number: BinaryPrimitives.WriteUInt16BigEndian(bytes, number); break;
            case short number: BinaryPrimitives.WriteInt16BigEndian(bytes, number); break;
            case uint number: BinaryPrimitives.WriteUInt32BigEndian(bytes, number); break;
            case int number: BinaryPrimitives.WriteInt32BigEndian(bytes, number); break;
            case ulong number: BinaryPrimitives.WriteUInt64BigEndian(bytes, number); break;
            case long number: BinaryPrimitives.WriteInt64BigEndian(bytes, number); break;
            case float number: BinaryPrimitives.WriteSingleBigEndian(bytes, number); break;
            case double number: BinaryPrimitives.WriteDoubleBigEndian(bytes, number); break;
            case Rune rune: BinaryPrimitives.WriteInt32BigEndian(bytes, rune.Value); break;
            case AmqpTimestamp time: BinaryPrimitives.WriteInt64BigEndian(bytes, time.Milliseconds); break;
            case Guid id: id.TryWriteBytes(bytes, bigEndian: true, out _); break;
            case AmqpDecimal number: number.Bytes.CopyTo(bytes); break;
        }
    }

    private Span<byte> Sized32(int length)
    {
        BinaryPrimitives.WriteUInt32BigEndian(buffer.Take(4), (uint)length);
        return buffer.Take(length);
    }

    private void Elements(int count, IEnumerable<object?> elements)
    {
        var start = buffer.Length;
        BinaryPrimitives.WriteUInt32BigEndian(buffer.Take(8)[4..], (uint)count);
        foreach (var element in elements) Value(element);
        BinaryPrimitives.WriteUInt32BigEndian(buffer.Written[start..], (uint)(buffer.Length - start - 4));
    }
}
