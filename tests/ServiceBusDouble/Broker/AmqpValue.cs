using System.Runtime.Serialization;

namespace Posthorn.ServiceBusDouble;

/// <summary>Which values an application property may have, and what becomes of them on the wire.</summary>
internal static class AmqpValue
{
    /// <summary>A property of a message that is sent.</summary>
    /// <exception cref="SerializationException">AMQP has no such type.</exception>
    public static object Sent(object value) => value switch
    {
        byte[] bytes => bytes.ToArray(),
        ArraySegment<byte> bytes => bytes.ToArray(),
        ReadOnlyMemory<byte> => throw Unsupported(value),
        _ => Settled(value),
    };

    /// <summary>A property that is changed while a message is settled: there the SDK takes no byte array.</summary>
    /// <inheritdoc cref="Sent" path="/exception"/>
    public static object Settled(object value) => value switch
    {
        null => value!, // A property without a value is carried as AMQP's null.
        DateTime time => WholeMilliseconds(time),
        Stream stream => Read(stream),
        _ when IsPlain(value) => value,
        _ => throw Unsupported(value),
    };

    /// <summary>The size of a value in AMQP's encoding, in bytes; for a text at least its length.</summary>
    public static int SizeOf(object? value) => value switch
    {
        null => 1,
        string text => TextSize(text),
        Uri uri => TextSize(uri.ToString()) + DescriptorSize,
        byte[] bytes => bytes.Length + 5,
        Guid or decimal => 17,
        DateTimeOffset or TimeSpan => 9 + DescriptorSize,
        bool or byte or sbyte => 2,
        _ => 9,
    };

    public static int TextSize(string? text) => text is null ? 1 : System.Text.Encoding.UTF8.GetByteCount(text) + 5;

    private const int DescriptorSize = 32;

    private static bool IsPlain(object value) => value is string or bool or char or byte or sbyte or short or ushort or int or uint or long or ulong
        or float or double or decimal or Guid or DateTimeOffset or TimeSpan or Uri;

    private static DateTime WholeMilliseconds(DateTime time)
    {
        var utc = time.ToUniversalTime();
        return new DateTime(utc.Ticks - (utc.Ticks % TimeSpan.TicksPerMillisecond), DateTimeKind.Utc);
    }

    private static byte[] Read(Stream stream)
    {
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }

    private static SerializationException Unsupported(object value) =>
        new($"Serialization failed due to an unsupported type, {value.GetType().FullName}.");
}
