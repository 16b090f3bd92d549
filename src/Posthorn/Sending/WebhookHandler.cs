using System.Net;
using System.Net.Security;
using System.Security.Authentication;

namespace Posthorn.Sending;

/// <summary>Sets up the one connection pool that all webhooks leave through: nothing of .NET's defaults that a stranger could use.</summary>
public static class WebhookHandler
{
    private const int MaxResponseHeadersKilobytes = 64;

    /// <summary>The handler, which asks the policy about every address it is about to dial.</summary>
    /// <param name="policy">Which addresses may be dialled, and the proxy if there is one.</param>
    /// <param name="maxConnectionsPerServer">The most connections to one destination; lanes keep it to fewer.</param>
    /// <param name="limit">Sets what the process itself bounds on the connection pool; null is nothing.</param>
    public static HttpMessageHandler Create(NetworkPolicy policy, int maxConnectionsPerServer, Action<SocketsHttpHandler>? limit = null) =>
        Create(policy, maxConnectionsPerServer, Dns.GetHostAddressesAsync, limit);

    /// <inheritdoc cref="Create(NetworkPolicy, int, Action{SocketsHttpHandler})"/>
    /// <param name="policy">Which addresses may be dialled, and the proxy if there is one.</param>
    /// <param name="maxConnectionsPerServer">The most connections to one destination; lanes keep it to fewer.</param>
    /// <param name="resolve">Answers a host name with its addresses.</param>
    /// <param name="limit">Sets what the process itself bounds on the connection pool; null is nothing.</param>
    internal static HttpMessageHandler Create(
        NetworkPolicy policy, int maxConnectionsPerServer, Func<string, CancellationToken, Task<IPAddress[]>> resolve, Action<SocketsHttpHandler>? limit = null)
    {
        ArgumentNullException.ThrowIfNull(policy);
        var resolver = new JudgingResolver(policy, resolve);
        var pool = Pool(new GuardedDialer(policy, resolver), policy.Proxy, maxConnectionsPerServer);
        limit?.Invoke(pool);
        return policy.Proxy is null ? pool : new ProxiedTargetGuard(resolver, pool);
    }

    private static SocketsHttpHandler Pool(GuardedDialer dialer, Uri? proxy, int maxConnectionsPerServer) => new()
    {
        ConnectCallback = dialer.DialAsync,
        PlaintextStreamFilter = (context, _) => ValueTask.FromResult(WireStream.Over(context)),
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
        UseProxy = proxy is not null, // Without one of our own .NET would follow HTTP_PROXY and the like.
        Proxy = proxy is null ? null : new WebProxy(proxy, BypassOnLocal: false),
        ActivityHeadersPropagator = null, // An attempt has a span of its own; what of it a receiver is told is for its profile to say.
        SslOptions = new SslClientAuthenticationOptions { EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13 },
    };
}
