using System.IO.Pipelines;
using System.Net.Sockets;

namespace Posthorn.Amqp.Connections;

/// <summary>A socket as two pipes. While nothing comes it holds no buffer, so that many idle connections cost little.</summary>
internal sealed class SocketTransport : IDuplexPipe, IAsyncDisposable
{
    private const int ReadSize = 64 * 1024;
    private readonly NetworkStream _stream;

    public SocketTransport(Socket socket)
    {
        socket.NoDelay = true;
        _stream = new(socket, ownsSocket: true);
        Input = PipeReader.Create(_stream, new(bufferSize: ReadSize, minimumReadSize: 4096, leaveOpen: true, useZeroByteReads: true));
        Output = PipeWriter.Create(_stream, new(leaveOpen: true));
    }

    public PipeReader Input { get; }

    public PipeWriter Output { get; }

    public ValueTask DisposeAsync() => _stream.DisposeAsync();
}
