using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;

namespace Posthorn.Sending;

/// <summary>Sets up the one connection pool that all webhooks leave through: nothing of .NET's defaults that a stranger could use.</summary>
public static class WebhookHandler
{
    private const int MaxResponseHeadersKilobytes = 64;

    /// <summary>The handler, which asks the policy about every address it is about to dial.</summary>
    /// <param name="policy">Which addresses may be dialled.</param>
    /// <param name="maxConnectionsPerServer">The cap of requests in flight to one destination.</param>
    public static SocketsHttpHandler Create(NetworkPolicy policy, int maxConnectionsPerServer) => new()
    {
        ConnectCallback = (context, cancellation) => ConnectAsync(policy, context.DnsEndPoint, cancellation),
        ConnectTimeout = TimeSpan.FromSeconds(10),
        PooledConnectionLifetime = TimeSpan.FromMinutes(2), // A changed DNS record is followed within this time.
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(60),
        MaxConnectionsPerServer = maxConnectionsPerServer,
        EnableMultipleHttp2Connections = true,
        MaxResponseHeadersLength = MaxResponseHeadersKilobytes,
        MaxResponseDrainSize = WebhookResponse.MaxBytes,
        ResponseDrainTimeout = TimeSpan.FromSeconds(1),
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        UseCookies = false,
        UseProxy = false,
        ActivityHeadersPropagator = DistributedContextPropagator.CreateNoOutputPropagator(),
        SslOptions = new SslClientAuthenticationOptions { EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13 },
    };

    /// <summary>Resolves, judges every address, and dials only judged ones: the name is not resolved a second time.</summary>
    private static async ValueTask<Stream> ConnectAsync(NetworkPolicy policy, DnsEndPoint endPoint, CancellationToken cancellation)
    {
        var addresses = IPAddress.TryParse(endPoint.Host, out var literal) ? [literal] : await Dns.GetHostAddressesAsync(endPoint.Host, cancellation);
        if (!policy.Allows(endPoint.Host))
        {
            foreach (var address in addresses)
                if (!policy.Allows(address)) throw new BlockedAddressException(endPoint.Host, address);
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, endPoint.Port, cancellation);
            return new WireStream(new NetworkStream(socket, ownsSocket: true));
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

/// <summary>A destination resolved to an address nobody may reach through us; no packet was sent to it.</summary>
public sealed class BlockedAddressException(string host, IPAddress address)
    : Exception($"{host} resolves to {address}, {Kind(address)}; open it with network:allowedHosts or network:allowPrivateNetworks")
{
    private static string Kind(IPAddress address) => AddressGuard.KindOf(address) switch
    {
        AddressKind.Loopback => "a loopback address",
        AddressKind.Private => "a private address",
        _ => "a forbidden address",
    };
}
