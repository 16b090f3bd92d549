namespace Posthorn.Sending;

/// <summary>
/// An HTTP/1.1 connection, inside TLS if there is any, that remembers for the request under way whether any byte of an answer came:
/// only when none did is it known that sending once more in place repeats nothing the receiver began to answer.
/// </summary>
internal sealed class WireStream(Stream inner) : Stream
{
    private static readonly AsyncLocal<Exchange?> Current = new();
    private long _bytesRead;
    private volatile bool _isAbandoned;
    private volatile Exchange? _owner;

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

    /// <summary>
    /// The pool's plain text filter. Over HTTP/2 requests share a connection, so what comes says nothing of any one of them; and a
    /// connection that asks a proxy for a tunnel carries another one that is watched itself.
    /// </summary>
    public static Stream Over(SocketsHttpPlaintextStreamFilterContext context) =>
        context.NegotiatedHttpVersion.Major > 1 || context.InitialRequestMessage.Method == HttpMethod.Connect ? context.PlaintextStream : new WireStream(context.PlaintextStream);

    /// <summary>Begins to watch the request that this flow of control sends next.</summary>
    public static Exchange Watch() => Current.Value = new Exchange();

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_isAbandoned) return 0;
        var read = await inner.ReadAsync(buffer, cancellationToken);
        Interlocked.Add(ref _bytesRead, read);
        return read;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Current.Value?.WrittenTo(this);
        if (_isAbandoned) throw new IOException("The connection was abandoned.");
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

    /// <summary>From here on it reads as ended, so the pool lets go of it once what it has read already is used up.</summary>
    private void Abandon()
    {
        _isAbandoned = true;
        inner.Dispose();
    }

    /// <summary>One request on the wire.</summary>
    internal sealed class Exchange
    {
        private WireStream? _stream;
        private long _readBefore;

        /// <summary>Whether the request went out, at least in part, and not a byte came back.</summary>
        public bool EndedWithoutAnswer => _stream is { } stream && stream.BytesRead == _readBefore;

        /// <summary>Sees to it that the connection is not used for another request.</summary>
        public void AbandonConnection()
        {
            if (_stream is { } stream && ReferenceEquals(stream._owner, this)) stream.Abandon(); // Else another request has it already.
        }

        public void WrittenTo(WireStream stream)
        {
            if (ReferenceEquals(_stream, stream)) return;
            stream._owner = this;
            (_stream, _readBefore) = (stream, stream.BytesRead);
        }
    }
}
