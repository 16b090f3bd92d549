using System.Text;
using Posthorn.Amqp.Types;
using Posthorn.Tests.Amqp.Support;

namespace Posthorn.Tests.Amqp.Types;

/// <summary>Whatever is written is read back as it was.</summary>
public class RoundTripTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Any_value_comes_back_as_it_was_written(int seed)
    {
        var chance = new Random(seed);
        for (var round = 0; round < 5_000; round++)
        {
            var value = Value(chance, depth: 0);
            var bytes = Encoded.Of(writer => writer.Value(value));

            Encoded.Of(writer => writer.Value(Encoded.Value(bytes))).ShouldBe(bytes);
            Same(Encoded.Value(bytes), value).ShouldBeTrue();
            var reader = new AmqpReader(bytes, new());
            reader.Skip();
            reader.IsAtEnd.ShouldBeTrue();
        }
    }

    private static bool Same(object? read, object? written) => (read, written) switch
    {
        (byte[] left, byte[] right) => left.AsSpan().SequenceEqual(right),
        (Described left, Described right) => Same(left.Descriptor, right.Descriptor) && Same(left.Value, right.Value),
        (AmqpArray left, AmqpArray right) => Same(left.Items, right.Items),
        (AmqpMap left, AmqpMap right) => Same(left.SelectMany(pair => (object?[])[pair.Key, pair.Value]).ToList(), right.SelectMany(pair => (object?[])[pair.Key, pair.Value]).ToList()),
        (IReadOnlyList<object?> left, IReadOnlyList<object?> right) => left.Count == right.Count && left.Zip(right).All(pair => Same(pair.First, pair.Second)),
        _ => Equals(read, written),
    };

    private static object? Value(Random chance, int depth) => chance.Next(depth > 3 ? 19 : 24) switch
    {
        0 => null,
        1 => chance.Next(2) == 0,
        2 => (byte)chance.Next(256),
        3 => (ushort)chance.Next(65_536),
        4 => (uint)(chance.NextInt64() >> chance.Next(64)),
        5 => (ulong)chance.NextInt64() >> chance.Next(64),
        6 => (sbyte)chance.Next(-128, 128),
        7 => (short)chance.Next(short.MinValue, short.MaxValue),
        8 => (int)(chance.NextInt64() >> chance.Next(64)),
        9 => chance.NextInt64() >> chance.Next(64),
        10 => chance.NextSingle(),
        11 => chance.NextDouble(),
        12 => new Rune(chance.Next(0xd800)),
        13 => new AmqpTimestamp(chance.NextInt64()),
        14 => new Guid(Bytes(chance, 16)),
        15 => Bytes(chance, chance.Next(600)),
        16 => new string((char)chance.Next(0x20, 0xd7ff), chance.Next(300)),
        17 => new Symbol(new string('s', chance.Next(300))),
        18 => new AmqpDecimal(Bytes(chance, 4 << chance.Next(3))),
        19 => List(chance, depth),
        20 => Map(chance, depth),
        21 => Array(chance),
        _ => new Described((ulong)chance.Next(1_000), Value(chance, depth + 1)),
    };

    private static byte[] Bytes(Random chance, int count)
    {
        var bytes = new byte[count];
        chance.NextBytes(bytes);
        return bytes;
    }

    private static List<object?> List(Random chance, int depth) => [.. Enumerable.Range(0, chance.Next(6)).Select(_ => Value(chance, depth + 1))];

    private static AmqpMap Map(Random chance, int depth)
    {
        var map = new AmqpMap();
        for (var left = chance.Next(20); left > 0; left--) map[new Symbol($"key{left}")] = Value(chance, depth + 1);
        return map;
    }

    private static AmqpArray Array(Random chance) => chance.Next(4) switch
    {
        0 => new([.. Enumerable.Range(0, chance.Next(1, 300)).Select(object? (_) => chance.NextInt64())]),
        1 => new([.. Enumerable.Range(0, chance.Next(1, 9)).Select(object? (number) => $"text {number}")]),
        2 => new([.. Enumerable.Range(0, chance.Next(1, 9)).Select(object? (_) => chance.Next(2) == 0)]),
        _ => new([.. Enumerable.Range(0, chance.Next(1, 9)).Select(object? (_) => Bytes(chance, 3))]),
    };
}
