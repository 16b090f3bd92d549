using System.Net;
using System.Net.Sockets;

namespace Posthorn.TestSupport;

/// <summary>Ports for servers that are started by number, by another process.</summary>
/// <remarks>
/// Below 32768, where Linux takes the ports of outgoing connections from: a port the system gives out (port 0) may be
/// some connection's own before the server that was told it listens there.
/// </remarks>
internal static class Ports
{
    private const int First = 20_000;
    private const int Count = 12_000;
    private static int _next = Random.Shared.Next(Count);

    /// <summary>A port nobody listened on a moment ago, and not given before for a long time.</summary>
    public static int Free()
    {
        while (true)
        {
            var port = First + (int)((uint)Interlocked.Increment(ref _next) % Count);
            using var listener = new TcpListener(IPAddress.Loopback, port);
            try
            {
                listener.Start();
                return port;
            }
            catch (SocketException error) when (error.SocketErrorCode is SocketError.AddressAlreadyInUse or SocketError.AccessDenied)
            {
                // Somebody's; the next one.
            }
        }
    }
}
