using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace Posthorn.Benchmarks.Receiving;

/// <summary>One port of the loopback, on plain sockets: what is slow or breaks here was meant to. It can be closed for a while.</summary>
[SuppressMessage("Reliability", "CA1001", Justification = "It lives as long as its process.")]
internal sealed class Destination
{
    private readonly Func<WireRequest, Wire, Task<bool>> _answer;
    private readonly ConcurrentDictionary<Socket, bool> _connections = new();
    private readonly Lock _gate = new();
    private Socket? _listener;

    /// <param name="answer">Answers one request, and says whether the connection is kept.</param>
    public Destination(Func<WireRequest, Wire, Task<bool>> answer)
    {
        _answer = answer;
        Open();
    }

    public int Port { get; private set; }

    public void Open()
    {
        lock (_gate)
        {
            if (_listener is not null) return;
            _listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            _listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, optionValue: true);
            _listener.Bind(new IPEndPoint(IPAddress.Loopback, Port));
            _listener.Listen(1024);
            Port = (_listener.LocalEndPoint as IPEndPoint)?.Port ?? 0;
            _ = AcceptAsync(_listener);
        }
    }

    /// <summary>Whoever connects is refused, and who is connected is reset.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _listener?.Dispose();
            _listener = null;
        }

        foreach (var socket in _connections.Keys) Wire.Reset(socket);
    }

    private async Task AcceptAsync(Socket listener)
    {
        while (true)
        {
            try
            {
                var socket = await listener.AcceptAsync();
                _ = ServeAsync(socket);
            }
            catch (Exception closed) when (closed is SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        _connections[socket] = true;
        socket.NoDelay = true;
        var wire = new Wire(socket);
        try
        {
            while (await wire.ReadAsync() is { } request && await _answer(request, wire))
            {
                // One request after the other.
            }
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            // The sender left, or was killed.
        }

        _connections.TryRemove(socket, out _);
        socket.Dispose();
    }
}
