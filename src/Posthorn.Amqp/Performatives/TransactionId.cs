namespace Posthorn.Amqp.Performatives;

/// <summary>What a transaction is known by (AMQP 1.0 §4.5.7); equal when the bytes are.</summary>
public readonly struct TransactionId(ReadOnlyMemory<byte> bytes) : IEquatable<TransactionId>
{
    private const int Longest = 256;

    /// <summary>The bytes, as the coordinator chose them.</summary>
    public ReadOnlyMemory<byte> Bytes { get; } = bytes;

    /// <summary>Whether two are the same.</summary>
    public static bool operator ==(TransactionId left, TransactionId right) => left.Equals(right);

    /// <summary>Whether two are not the same.</summary>
    public static bool operator !=(TransactionId left, TransactionId right) => !left.Equals(right);

    /// <inheritdoc/>
    public bool Equals(TransactionId other) => Bytes.Span.SequenceEqual(other.Bytes.Span);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is TransactionId other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(Bytes.Span);
        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public override string ToString() => Convert.ToHexString(Bytes.Span);

    internal static TransactionId From(ReadOnlySpan<byte> bytes) =>
        bytes.Length <= Longest ? new(bytes.ToArray()) : throw AmqpException.Invalid($"A transaction's id has more than {Longest} bytes.");
}
