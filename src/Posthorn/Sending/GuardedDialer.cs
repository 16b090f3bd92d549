using System.Net.Sockets;

namespace Posthorn.Sending;

/// <summary>Opens connections to judged addresses only. A name is resolved once: what is dialled is what was judged.</summary>
internal sealed class GuardedDialer(NetworkPolicy policy, JudgingResolver resolver)
{
    /// <summary>The pool's connect callback.</summary>
    public async ValueTask<Stream> DialAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var (host, port) = (context.DnsEndPoint.Host, context.DnsEndPoint.Port);
        var addresses = IsProxy(host, port) ? await resolver.AddressesAsync(host, cancellation) : await resolver.JudgedAsync(host, cancellation);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, port, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>The proxy is the operator's own choice, and is most often on a private address. Nothing else is dialled when there is one.</summary>
    private bool IsProxy(string host, int port) =>
        policy.Proxy is { } proxy && port == proxy.Port && host.Equals(NetworkPolicy.HostOf(proxy), StringComparison.OrdinalIgnoreCase);
}
