using Posthorn.Amqp;
using Posthorn.Amqp.Messages;
using Posthorn.Amqp.Types;

namespace Posthorn.Tests.Amqp.Support;

/// <summary>Bytes as tests write and read them.</summary>
internal static class Encoded
{
    public static byte[] Hex(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));

    public static byte[] Of(Action<AmqpWriter> write)
    {
        using var buffer = new AmqpBuffer();
        write(new(buffer));
        return buffer.Written.ToArray();
    }

    public static object? Value(ReadOnlySpan<byte> bytes, AmqpLimits? limits = null)
    {
        var reader = new AmqpReader(bytes, limits ?? new());
        var value = reader.ReadValue();
        reader.IsAtEnd.ShouldBeTrue();
        return value;
    }

    public static byte[] Message(ReadOnlySpan<byte> body)
    {
        using var builder = new MessageBuilder();
        return builder.Data(body).Encoded.ToArray();
    }
}
