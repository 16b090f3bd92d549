using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace Posthorn.Worker.Api;

/// <summary>Lets a call through whose key is accepted; in Development, any call from loopback.</summary>
public sealed class ApiKeyGate(ApiOptions options, bool isDevelopment) : IEndpointFilter
{
    private const string Scheme = "Bearer ";

    /// <inheritdoc/>
    public ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(next);
        var http = context.HttpContext;
        if (IsLocalDevelopment(http) || IsAccepted(http.Request.Headers.Authorization.ToString())) return next(context);
        http.Response.Headers.WWWAuthenticate = "Bearer";
        var detail = options.Keys.Count == 0
            ? "This worker has no API keys (api:keys), so every call is refused."
            : "Send Authorization: Bearer KEY with one of this worker's API keys.";
        return ValueTask.FromResult<object?>(Problem.Of(StatusCodes.Status401Unauthorized, detail));
    }

    /// <summary>From this machine and to it by name: a page whose name was made to resolve to loopback says its own.</summary>
    private bool IsLocalDevelopment(HttpContext http) =>
        isDevelopment && http.Connection.RemoteIpAddress is { } caller && IPAddress.IsLoopback(caller) && IsLocalName(http.Request.Host.Host);

    private static bool IsLocalName(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    /// <summary>Compares with every key, each in constant time, so that the time tells nothing.</summary>
    private bool IsAccepted(string authorization)
    {
        if (!authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)) return false;
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(authorization[Scheme.Length..].Trim()));
        var accepted = false;
        foreach (var key in options.Keys) accepted |= CryptographicOperations.FixedTimeEquals(hash, key);
        return accepted;
    }
}
