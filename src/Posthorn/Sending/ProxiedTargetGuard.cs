using System.Net;
using System.Net.Sockets;

namespace Posthorn.Sending;

/// <summary>
/// Judges the target of a request that leaves through a proxy by the addresses its name has here. A name that is only known to the
/// proxy's resolver is the proxy's to judge: many networks resolve no outside name on the inside.
/// </summary>
internal sealed class ProxiedTargetGuard(JudgingResolver resolver, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.RequestUri is { } url) await JudgeAsync(NetworkPolicy.HostOf(url), cancellationToken);
        var response = await base.SendAsync(request, cancellationToken);
        if (response.StatusCode != HttpStatusCode.ProxyAuthenticationRequired) return response;

        // The proxy's own word (RFC 9110, section 15.5.8): the target was not asked, and must not be thought to have refused.
        response.Dispose();
        throw new HttpRequestException(HttpRequestError.ProxyTunnelError, "The proxy asks for credentials.", inner: null, HttpStatusCode.ProxyAuthenticationRequired);
    }

    private async Task JudgeAsync(string host, CancellationToken cancellation)
    {
        try
        {
            await resolver.JudgedAsync(host, cancellation);
        }
        catch (SocketException)
        {
            // It does not resolve here.
        }
    }
}
