namespace Posthorn.Amqp.Types;

/// <summary>The constructors of the primitive types (AMQP 1.0 §1.6), and the mark of a described one (§1.2).</summary>
internal static class FormatCode
{
    public const byte Described = 0x00;
    public const byte Null = 0x40;
    public const byte True = 0x41;
    public const byte False = 0x42;
    public const byte UInt0 = 0x43;
    public const byte ULong0 = 0x44;
    public const byte List0 = 0x45;
    public const byte UByte = 0x50;
    public const byte Byte = 0x51;
    public const byte SmallUInt = 0x52;
    public const byte SmallULong = 0x53;
    public const byte SmallInt = 0x54;
    public const byte SmallLong = 0x55;
    public const byte Boolean = 0x56;
    public const byte UShort = 0x60;
    public const byte Short = 0x61;
    public const byte UInt = 0x70;
    public const byte Int = 0x71;
    public const byte Float = 0x72;
    public const byte Char = 0x73;
    public const byte Decimal32 = 0x74;
    public const byte ULong = 0x80;
    public const byte Long = 0x81;
    public const byte Double = 0x82;
    public const byte Timestamp = 0x83;
    public const byte Decimal64 = 0x84;
    public const byte Decimal128 = 0x94;
    public const byte Uuid = 0x98;
    public const byte Binary8 = 0xA0;
    public const byte String8 = 0xA1;
    public const byte Symbol8 = 0xA3;
    public const byte Binary32 = 0xB0;
    public const byte String32 = 0xB1;
    public const byte Symbol32 = 0xB3;
    public const byte List8 = 0xC0;
    public const byte Map8 = 0xC1;
    public const byte List32 = 0xD0;
    public const byte Map32 = 0xD1;
    public const byte Array8 = 0xE0;
    public const byte Array32 = 0xF0;

    /// <summary>
    /// How many bytes of data a fixed-width constructor is followed by: the upper half of the byte is the category (§1.2);
    /// -1 when the width is written in the data, or there is no such category.
    /// </summary>
    public static int FixedWidth(byte code) => (code >> 4) switch
    {
        0x4 => 0,
        0x5 => 1,
        0x6 => 2,
        0x7 => 4,
        0x8 => 8,
        0x9 => 16,
        _ => -1,
    };

    /// <summary>Whether the specification gives the code a meaning.</summary>
    public static bool IsKnown(byte code) => code switch
    {
        >= Null and <= List0 or >= UByte and <= Boolean or UShort or Short or >= UInt and <= Decimal32 => true,
        >= ULong and <= Decimal64 or Decimal128 or Uuid => true,
        Binary8 or String8 or Symbol8 or Binary32 or String32 or Symbol32 => true,
        List8 or Map8 or List32 or Map32 or Array8 or Array32 => true,
        _ => false,
    };
}
