namespace Posthorn.Sending;

/// <summary>
/// A connection that remembers, for the request under way, whether any byte of an answer came: only then is it known that sending
/// once more in place repeats nothing the receiver began to answer. Over HTTP/2 requests share a connection and it says nothing.
/// </summary>
internal sealed class WireStream(Stream inner) : Stream
{
    private static readonly AsyncLocal<Exchange?> Current = new();
    private long _bytesRead;

    private long BytesRead => Interlocked.Read(ref _bytesRead);

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Begins to watch the request that this flow of control sends next.</summary>
    public static Exchange Watch() => Current.Value = new Exchange();

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await inner.ReadAsync(buffer, cancellationToken);
        Interlocked.Add(ref _bytesRead, read);
        return read;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Current.Value?.WrittenTo(this);
        return inner.WriteAsync(buffer, cancellationToken);
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Webhooks are sent asynchronously.");

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("Webhooks are sent asynchronously.");

    public override void Flush() => inner.Flush();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        await inner.DisposeAsync();
        await base.DisposeAsync();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) inner.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>One request on the wire.</summary>
    internal sealed class Exchange
    {
        private WireStream? _stream;
        private long _readBefore;

        /// <summary>Whether the request went out, at least in part, and not a byte came back.</summary>
        public bool EndedWithoutAnswer => _stream is { } stream && stream.BytesRead == _readBefore;

        public void WrittenTo(WireStream stream)
        {
            if (ReferenceEquals(_stream, stream)) return;
            (_stream, _readBefore) = (stream, stream.BytesRead);
        }
    }
}
