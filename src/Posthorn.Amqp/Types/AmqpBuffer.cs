using System.Buffers;

namespace Posthorn.Amqp.Types;

/// <summary>Bytes that grow as they are written, in an array of the shared pool. What was written can be patched and cut off again.</summary>
public sealed class AmqpBuffer : IBufferWriter<byte>, IDisposable
{
    private const int FirstSize = 256;
    private const int KeptSize = 64 * 1024;
    private byte[] _bytes = [];

    /// <summary>How many bytes were written.</summary>
    public int Length { get; private set; }

    /// <summary>What was written, until the next write.</summary>
    public Span<byte> Written => _bytes.AsSpan(0, Length);

    /// <summary>What was written, until the next write.</summary>
    public ReadOnlyMemory<byte> WrittenMemory => _bytes.AsMemory(0, Length);

    /// <inheritdoc/>
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _bytes.Length - Length);
        Length += count;
    }

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        MakeRoom(Math.Max(sizeHint, 1));
        return _bytes.AsMemory(Length);
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        MakeRoom(Math.Max(sizeHint, 1));
        return _bytes.AsSpan(Length);
    }

    /// <summary>Appends bytes.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        MakeRoom(bytes.Length);
        bytes.CopyTo(_bytes.AsSpan(Length));
        Length += bytes.Length;
    }

    /// <summary>Appends a number of bytes and gives them to be filled.</summary>
    public Span<byte> Take(int count)
    {
        MakeRoom(count);
        Length += count;
        return _bytes.AsSpan(Length - count, count);
    }

    /// <summary>Cuts off what was written after a length.</summary>
    public void Truncate(int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)length, (uint)Length, nameof(length));
        Length = length;
    }

    /// <summary>Empties it. An array that a burst made large goes back to the pool.</summary>
    public void Clear()
    {
        Length = 0;
        if (_bytes.Length > KeptSize) Dispose();
    }

    /// <summary>Empties it and gives the array back to the pool.</summary>
    public void Dispose()
    {
        if (_bytes.Length > 0) ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = [];
        Length = 0;
    }

    private void MakeRoom(int count)
    {
        if (count <= _bytes.Length - Length) return;
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(Math.Max(_bytes.Length * 2, Length + count), FirstSize));
        Written.CopyTo(larger);
        if (_bytes.Length > 0) ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = larger;
    }
}
