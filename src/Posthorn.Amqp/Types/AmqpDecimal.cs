namespace Posthorn.Amqp.Types;

/// <summary>A decimal32, decimal64 or decimal128 (AMQP 1.0 §1.6.13–15), passed through as the bytes of its IEEE 754-2008 encoding.</summary>
public sealed class AmqpDecimal : IEquatable<AmqpDecimal>
{
    private readonly byte[] _bytes;

    /// <summary>A decimal of 4, 8 or 16 bytes, in network byte order.</summary>
    /// <exception cref="ArgumentException">Another number of bytes.</exception>
    public AmqpDecimal(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length is not (4 or 8 or 16)) throw new ArgumentException("A decimal has 4, 8 or 16 bytes.", nameof(bytes));
        _bytes = bytes.ToArray();
    }

    /// <summary>The encoded bytes, in network byte order.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <inheritdoc/>
    public bool Equals(AmqpDecimal? other) => other is not null && Bytes.SequenceEqual(other.Bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as AmqpDecimal);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(_bytes);
        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public override string ToString() => $"decimal{_bytes.Length * 8}:{Convert.ToHexString(_bytes)}";
}
