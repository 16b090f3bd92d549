using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Posthorn.Amqp.Performatives;

namespace Posthorn.Amqp.Connections;

/// <summary>Takes connections and serves each until it is over.</summary>
public sealed class AmqpListener(IAmqpContainer container, AmqpOptions options, TimeProvider clock) : IAsyncDisposable
{
    private const int Backlog = 512;
    private readonly ConcurrentDictionary<long, (AmqpConnection Connection, Task Served)> _connections = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<(Socket Socket, Task Accepting)> _sockets = [];
    private long _lastId;
    private int _count;

    /// <summary>Where it listens first; null before <see cref="Start"/>.</summary>
    public IPEndPoint? LocalEndPoint => _sockets is [var first, ..] ? first.Socket.LocalEndPoint as IPEndPoint : null;

    /// <summary>How many connections there are.</summary>
    public int ConnectionCount => Volatile.Read(ref _count);

    /// <summary>Begins to listen, on one more address when it listens already.</summary>
    /// <exception cref="SocketException">The address is taken or isn't ours.</exception>
    public void Start(IPEndPoint address)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(address);
            socket.Listen(Backlog);
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        _sockets.Add((socket, AcceptAsync(socket)));
    }

    /// <summary>Serves a peer on a transport of the caller's, whose it stays; completes with the connection.</summary>
    /// <returns>False when there are too many connections, or the listener stops.</returns>
    public async Task<bool> ServeAsync(IDuplexPipe transport)
    {
        using var place = new Place(this);
        if (!place.IsFree || _stopping.IsCancellationRequested) return false;
        var connection = new AmqpConnection(transport, container, options, clock, Interlocked.Increment(ref _lastId));
        var served = connection.RunAsync();
        _connections[connection.Id] = (connection, served);
        if (_stopping.IsCancellationRequested) connection.Close(Stopping());
        await served;
        _connections.TryRemove(connection.Id, out _);
        return true;
    }

    /// <summary>Takes no more connections, closes those there are (AMQP 1.0 §2.8.16, connection-forced), and waits for their end.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        foreach (var (socket, accepting) in _sockets)
        {
            socket.Dispose();
            await accepting;
        }

        foreach (var (connection, _) in _connections.Values) connection.Close(Stopping());
        await Task.WhenAll(_connections.Values.Select(one => one.Served));
    }

    private static AmqpError Stopping() => new(ErrorCondition.ConnectionForced, "The server stops.");

    private async Task AcceptAsync(Socket socket)
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                _ = ServeAsync(await socket.AcceptAsync(_stopping.Token));
            }
            catch (Exception fault) when (fault is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(10), clock, CancellationToken.None); // Out of handles, mostly: soon there are some again.
            }
        }
    }

#pragma warning disable CA1031 // A socket that breaks while it is set up is that peer's matter.
    private async Task ServeAsync(Socket socket)
    {
        try
        {
            await using var transport = new SocketTransport(socket);
            await ServeAsync(transport);
        }
        catch (Exception)
        {
            socket.Dispose();
        }
    }
#pragma warning restore CA1031

    /// <summary>One of the connections that may be there at once.</summary>
    private readonly struct Place : IDisposable
    {
        private readonly AmqpListener _listener;

        public Place(AmqpListener listener)
        {
            _listener = listener;
            IsFree = Interlocked.Increment(ref listener._count) <= listener.Limit;
        }

        public bool IsFree { get; }

        public void Dispose() => Interlocked.Decrement(ref _listener._count);
    }

    private int Limit => options.Limits.MaxConnections;
}
