using System.Buffers.Binary;
using System.Text;

namespace Posthorn.Amqp.Types;

/// <summary>Writes encoded values (AMQP 1.0 §1), each in the shortest encoding it has.</summary>
public sealed partial class AmqpWriter(AmqpBuffer buffer)
{
    private const int WideHeader = 9;
    private const int NarrowHeader = 3;

    /// <summary>Where it writes to.</summary>
    public AmqpBuffer Buffer => buffer;

    /// <summary>Writes a null.</summary>
    public void Null() => Code(FormatCode.Null);

    /// <summary>Writes a boolean, or null.</summary>
    public void Boolean(bool? value) => Code(value switch { null => FormatCode.Null, true => FormatCode.True, false => FormatCode.False });

    /// <summary>Writes an unsigned byte, or null.</summary>
    public void UByte(byte? value)
    {
        if (value is not { } number) Null();
        else Small(FormatCode.UByte, number);
    }

    /// <summary>Writes an unsigned 16-bit number, or null.</summary>
    public void UShort(ushort? value)
    {
        if (value is not { } number) Null();
        else BinaryPrimitives.WriteUInt16BigEndian(Constructed(FormatCode.UShort, 2), number);
    }

    /// <summary>Writes an unsigned 32-bit number, or null.</summary>
    public void UInt(uint? value)
    {
        if (value is not { } number) Null();
        else if (number == 0) Code(FormatCode.UInt0);
        else if (number <= byte.MaxValue) Small(FormatCode.SmallUInt, (byte)number);
        else BinaryPrimitives.WriteUInt32BigEndian(Constructed(FormatCode.UInt, 4), number);
    }

    /// <summary>Writes an unsigned 64-bit number, or null.</summary>
    public void ULong(ulong? value)
    {
        if (value is not { } number) Null();
        else if (number == 0) Code(FormatCode.ULong0);
        else if (number <= byte.MaxValue) Small(FormatCode.SmallULong, (byte)number);
        else BinaryPrimitives.WriteUInt64BigEndian(Constructed(FormatCode.ULong, 8), number);
    }

    /// <summary>Writes a timestamp, or null.</summary>
    public void Timestamp(AmqpTimestamp? value)
    {
        if (value is not { } time) Null();
        else BinaryPrimitives.WriteInt64BigEndian(Constructed(FormatCode.Timestamp, 8), time.Milliseconds);
    }

    /// <summary>Writes bytes.</summary>
    public void Binary(ReadOnlySpan<byte> value) => value.CopyTo(Sized(FormatCode.Binary8, FormatCode.Binary32, value.Length));

    /// <summary>Writes a text, or null.</summary>
    public void String(string? value)
    {
        if (value is null) Null();
        else Encoding.UTF8.GetBytes(value, Sized(FormatCode.String8, FormatCode.String32, Encoding.UTF8.GetByteCount(value)));
    }

    /// <summary>Writes a symbol, or null.</summary>
    public void Symbol(Symbol? value)
    {
        if (value is not { Value: { } name }) Null();
        else Encoding.ASCII.GetBytes(name, Sized(FormatCode.Symbol8, FormatCode.Symbol32, name.Length));
    }

    /// <summary>Writes symbols as an array (§1.4, multiple); none as null.</summary>
    public void Symbols(IReadOnlyCollection<Symbol> symbols) => Value(symbols.Count == 0 ? null : AmqpArray.Of(symbols));

    /// <summary>Begins a list.</summary>
    /// <returns>What <see cref="EndList"/> needs.</returns>
    public int StartList()
    {
        buffer.Take(WideHeader);
        return buffer.Length;
    }

    /// <summary>Ends a list of so many elements, and gives it the shortest header.</summary>
    public void EndList(int start, int count)
    {
        if (count == 0) EndEmptyList(start);
        else EndCompound(start, count, FormatCode.List8, FormatCode.List32);
    }

    /// <summary>Begins a map.</summary>
    /// <returns>What <see cref="EndMap"/> needs.</returns>
    public int StartMap() => StartList();

    /// <summary>Ends a map of so many pairs.</summary>
    public void EndMap(int start, int pairs) => EndCompound(start, pairs * 2, FormatCode.Map8, FormatCode.Map32);

    /// <summary>Writes what is encoded already.</summary>
    public void Raw(ReadOnlySpan<byte> encoded) => buffer.Write(encoded);

    internal void Describe(Performatives.Descriptor descriptor)
    {
        Code(FormatCode.Described);
        ULong((ulong)descriptor);
    }

    internal int StartComposite(Performatives.Descriptor descriptor)
    {
        Describe(descriptor);
        return StartList();
    }

    private void EndEmptyList(int start)
    {
        buffer.Truncate(start - WideHeader);
        Code(FormatCode.List0);
    }

    private void EndCompound(int start, int count, byte narrow, byte wide)
    {
        var length = buffer.Length - start;
        var whole = buffer.Written[(start - WideHeader)..];
        if (length < byte.MaxValue && count <= byte.MaxValue)
        {
            whole[WideHeader..].CopyTo(whole[NarrowHeader..]);
            (whole[0], whole[1], whole[2]) = (narrow, (byte)(length + 1), (byte)count);
            buffer.Truncate(buffer.Length - (WideHeader - NarrowHeader));
            return;
        }

        whole[0] = wide;
        BinaryPrimitives.WriteUInt32BigEndian(whole[1..], (uint)(length + 4));
        BinaryPrimitives.WriteUInt32BigEndian(whole[5..], (uint)count);
    }

    private void Code(byte code) => buffer.Take(1)[0] = code;

    private void Small(byte code, byte value)
    {
        var bytes = buffer.Take(2);
        (bytes[0], bytes[1]) = (code, value);
    }

    private Span<byte> Constructed(byte code, int width)
    {
        var bytes = buffer.Take(width + 1);
        bytes[0] = code;
        return bytes[1..];
    }

    private Span<byte> Sized(byte narrow, byte wide, int length)
    {
        if (length <= byte.MaxValue)
        {
            Small(narrow, (byte)length);
            return buffer.Take(length);
        }

        BinaryPrimitives.WriteUInt32BigEndian(Constructed(wide, 4), (uint)length);
        return buffer.Take(length);
    }
}
