namespace Posthorn.Amqp.Framing;

/// <summary>What each peer says first: <c>AMQP</c>, a protocol id, and the version 1.0.0 (AMQP 1.0 §2.2).</summary>
internal static class ProtocolHeader
{
    public const int Size = 8;
    public const byte AmqpId = 0;
    public const byte SaslId = 3; // §5.3.1

    public static ReadOnlySpan<byte> Amqp => "AMQP\x00\x01\x00\x00"u8;

    public static ReadOnlySpan<byte> Sasl => "AMQP\x03\x01\x00\x00"u8;

    /// <summary>The protocol asked for: <see cref="AmqpId"/>, <see cref="SaslId"/>, or null for one that is not spoken here.</summary>
    public static byte? Read(ReadOnlySpan<byte> header)
    {
        if (header.SequenceEqual(Amqp)) return AmqpId;
        return header.SequenceEqual(Sasl) ? SaslId : null;
    }

    /// <summary>Whether bytes may yet become a header; nothing more is waited for when they may not.</summary>
    public static bool MayBe(ReadOnlySpan<byte> beginning)
    {
        var length = Math.Min(beginning.Length, Size);
        return beginning[..length].SequenceEqual(Amqp[..length]) || beginning[..length].SequenceEqual(Sasl[..length]);
    }
}
