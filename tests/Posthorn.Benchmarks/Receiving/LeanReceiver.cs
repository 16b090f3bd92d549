using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace Posthorn.Benchmarks.Receiving;

/// <summary>
/// A receiver that answers 200 at once and only counts. One port answers for all of 127.0.0.0/8, which Linux gives to the loopback as a
/// whole: as many destinations as there are to be, without a name, a listener or a port for each.
/// </summary>
[SuppressMessage("Reliability", "CA1001", Justification = "It lives as long as its process.")]
internal sealed class LeanReceiver
{
    private const int Backlog = 4096;
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly bool _isClosing;

    /// <param name="isClosing">Whether each request is to have a connection of its own.</param>
    public LeanReceiver(bool isClosing)
    {
        _isClosing = isClosing;
        _listener.Bind(new IPEndPoint(IPAddress.Any, 0));
        _listener.Listen(Backlog);
        _ = AcceptAsync();
    }

    public Tally Tally { get; } = new();

    public ReceiverPorts Ports => new([(_listener.LocalEndPoint as IPEndPoint)?.Port ?? 0], []);

    private async Task AcceptAsync()
    {
        while (true)
        {
            var socket = await _listener.AcceptAsync();
            if (socket.RemoteEndPoint is IPEndPoint { Address: var sender } && IPAddress.IsLoopback(sender)) Serve(socket);
            else socket.Dispose(); // Nobody but this machine.
        }
    }

    private void Serve(Socket socket)
    {
        socket.NoDelay = true;
        _ = new LeanWire(socket, Tally, _isClosing).ServeAsync();
    }
}
