using System.Text;
using Posthorn.Amqp.Types;
using Posthorn.Tests.Amqp.Support;

namespace Posthorn.Tests.Amqp.Types;

/// <summary>Each encoding of AMQP 1.0 §1.6 in bytes that were written by hand.</summary>
public class GoldenEncodingTests
{
    public static TheoryData<string, object?> Shortest => new()
    {
        { "40", null },
        { "41", true },
        { "42", false },
        { "50 ff", (byte)255 },
        { "60 ff fe", (ushort)65534 },
        { "43", 0u },
        { "52 ff", 255u },
        { "70 00 00 01 00", 256u },
        { "44", 0ul },
        { "53 01", 1ul },
        { "80 00 00 00 00 00 00 01 00", 256ul },
        { "51 80", sbyte.MinValue },
        { "61 80 00", short.MinValue },
        { "54 ff", -1 },
        { "71 00 00 00 80", 128 },
        { "55 80", -128L },
        { "81 80 00 00 00 00 00 00 00", long.MinValue },
        { "72 3f 80 00 00", 1f },
        { "82 bf f0 00 00 00 00 00 00", -1d },
        { "83 00 00 01 31 40 f0 ce 80", new AmqpTimestamp(0x13140f0ce80) },
        { "98 f8 1d 4f ae 7d ec 11 d0 a7 65 00 a0 c9 1e 6b f6", Guid.Parse("f81d4fae-7dec-11d0-a765-00a0c91e6bf6") },
        { "73 00 01 f6 00", new Rune(0x1f600) },
        { "a1 08 47 6c c3 b6 63 6b 65 6e", "Glöcken" },
        { "a3 03 66 6f 6f", new Symbol("foo") },
    };

    public static TheoryData<string, object> Wider => new()
    {
        { "56 01", true },
        { "56 00", false },
        { "70 00 00 00 01", 1u },
        { "80 00 00 00 00 00 00 00 01", 1ul },
        { "71 ff ff ff ff", -1 },
        { "81 ff ff ff ff ff ff ff ff", -1L },
        { "b1 00 00 00 03 66 6f 6f", "foo" },
        { "b3 00 00 00 03 66 6f 6f", new Symbol("foo") },
    };

    [Theory]
    [MemberData(nameof(Shortest))]
    public void A_primitive_is_written_in_its_shortest_form_and_read_back(string hex, object? value)
    {
        Encoded.Of(writer => writer.Value(value)).ShouldBe(Encoded.Hex(hex));
        Encoded.Value(Encoded.Hex(hex)).ShouldBe(value);
    }

    [Theory]
    [MemberData(nameof(Wider))]
    public void A_wider_form_is_read_as_well(string hex, object value) => Encoded.Value(Encoded.Hex(hex)).ShouldBe(value);

    [Fact]
    public void The_described_list_of_the_specification_is_read()
    {
        // AMQP 1.0 §1.1.3, figure 1.3: example:book:list, title, authors, isbn.
        var described = Encoded.Value(Encoded.Hex("00 a3 11 6578616d706c653a626f6f6b3a6c697374 c0 40 03 a1 15 414d515020666f72202620627920" +
            "44756d6d696573 e0 25 02 a1 0e 526f62204a2e20476f6466726579 13 52616661656c20482e205363686c6f6d696e67 40")).ShouldBeOfType<Described>();

        described.Descriptor.ShouldBe(new Symbol("example:book:list"));
        var fields = described.Value.ShouldBeAssignableTo<IReadOnlyList<object?>>()!;
        fields[0].ShouldBe("AMQP for & by Dummies");
        fields[1].ShouldBeOfType<AmqpArray>().Items.ShouldBe(["Rob J. Godfrey", "Rafael H. Schloming"]);
        fields[2].ShouldBeNull();
    }

    [Theory]
    [InlineData("45", 0)]
    [InlineData("c0 03 02 41 42", 2)]
    [InlineData("d0 00 00 00 06 00 00 00 02 41 42", 2)]
    public void The_three_forms_of_a_list_are_read(string hex, int count) =>
        Encoded.Value(Encoded.Hex(hex)).ShouldBeAssignableTo<IReadOnlyList<object?>>()!.Count.ShouldBe(count);

    [Fact]
    public void A_map_keeps_its_order_and_has_the_short_form()
    {
        var map = new AmqpMap { { new Symbol("b"), 1 }, { new Symbol("a"), null } };

        var bytes = Encoded.Of(writer => writer.Map(map));

        bytes.ShouldBe(Encoded.Hex("c1 0a 04 a3 01 62 54 01 a3 01 61 40"));
        Encoded.Value(bytes).ShouldBeOfType<AmqpMap>().Select(pair => pair.Key).ShouldBe([new Symbol("b"), new Symbol("a")]);
    }

    [Fact]
    public void A_list_too_long_for_the_short_form_has_the_long_one()
    {
        var list = Enumerable.Range(0, 300).Select(object? (number) => number).ToList();

        var bytes = Encoded.Of(writer => writer.List(list));

        bytes[0].ShouldBe((byte)0xd0);
        Encoded.Value(bytes).ShouldBeAssignableTo<IReadOnlyList<object?>>()!.ShouldBe(list);
    }

    [Theory]
    [InlineData("74 00 00 00 01")]
    [InlineData("84 00 00 00 00 00 00 00 01")]
    [InlineData("94 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 01")]
    public void A_decimal_passes_through_as_its_bytes(string hex)
    {
        var value = Encoded.Value(Encoded.Hex(hex)).ShouldBeOfType<AmqpDecimal>();
        Encoded.Of(writer => writer.Value(value)).ShouldBe(Encoded.Hex(hex));
    }

    [Fact]
    public void An_array_of_symbols_shares_one_constructor() =>
        Encoded.Of(writer => writer.Symbols([new("a"), new("bc")])).ShouldBe(Encoded.Hex("f0 00 00 00 10 00 00 00 02 b3 00 00 00 01 61 00 00 00 02 62 63"));
}
