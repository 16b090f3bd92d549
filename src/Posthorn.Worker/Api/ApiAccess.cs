using System.Globalization;
using System.Net;
using System.Threading.RateLimiting;
using Posthorn.Access;

namespace Posthorn.Worker.Api;

/// <summary>
/// Says who calls: the holder of a key; in Development, without a key, anyone from loopback. It then keeps each caller within its
/// rate.
/// </summary>
public sealed class ApiAccess(ApiKeyDirectory keys, ApiOptions options, bool isDevelopment) : IEndpointFilter, IDisposable
{
    private const string Scheme = "Bearer ";
    private static readonly Caller Developer = new("development", Roles.All, Tenant: null);
    private readonly PartitionedRateLimiter<Caller> _rates = PartitionedRateLimiter.Create<Caller, string>(caller => Limit(caller, options));

    /// <inheritdoc/>
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(next);
        var http = context.HttpContext;
        if (Identify(http) is not { } caller)
        {
            http.Response.Headers.WWWAuthenticate = "Bearer";
            return Problem.Of(StatusCodes.Status401Unauthorized, keys.HasUsable
                ? "Send Authorization: Bearer KEY with one of this worker's API keys."
                : "This worker has no API keys ('posthorn keys add', or api:keys), so every call is refused.");
        }

        using var lease = _rates.AttemptAcquire(caller);
        if (!lease.IsAcquired)
        {
            var wait = lease.TryGetMetadata(MetadataName.RetryAfter, out var asked) ? asked : TimeSpan.FromSeconds(1);
            http.Response.Headers.RetryAfter = Math.Max(1, Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
            return Problem.Of(StatusCodes.Status429TooManyRequests, $"A key has {options.RequestsPerSecond} requests a second (api:requestsPerSecond).");
        }

        http.Features.Set(caller);
        return await next(context);
    }

    /// <inheritdoc/>
    public void Dispose() => _rates.Dispose();

    private Caller? Identify(HttpContext http)
    {
        var authorization = http.Request.Headers.Authorization.ToString();
        var isLocal = isDevelopment && IsLocal(http);
        if (isLocal && (authorization.Length == 0 || !keys.HasAny)) return Developer;
        return authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? keys.Find(authorization[Scheme.Length..].Trim()) : null;
    }

    /// <summary>From this machine and to it by name: a page whose name was made to resolve to loopback says its own.</summary>
    private static bool IsLocal(HttpContext http) =>
        http.Connection.RemoteIpAddress is { } caller && IPAddress.IsLoopback(caller) && IsLocalName(http.Request.Host.Host);

    private static bool IsLocalName(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    private static RateLimitPartition<string> Limit(Caller caller, ApiOptions options) => ReferenceEquals(caller, Developer)
        ? RateLimitPartition.GetNoLimiter("development")
        : RateLimitPartition.GetTokenBucketLimiter(ReferenceEquals(caller, Caller.Configured) ? "" : $"key {caller.Name}", _ => new TokenBucketRateLimiterOptions
        {
            TokenLimit = options.RequestsPerSecond,
            TokensPerPeriod = Math.Max(1, options.RequestsPerSecond / 10),
            ReplenishmentPeriod = TimeSpan.FromSeconds(Math.Max(0.1, 1.0 / options.RequestsPerSecond)),
            QueueLimit = 0,
        });
}

/// <summary>Lets only callers through that have one of these roles.</summary>
public sealed class RequireRole(Roles anyOf) : IEndpointFilter
{
    /// <inheritdoc/>
    public ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(next);
        var needed = string.Join(" or ", Answers.Names.Of(anyOf));
        return context.HttpContext.Caller().May(anyOf) ? next(context) : ValueTask.FromResult<object?>(Problem.Of(StatusCodes.Status403Forbidden, $"This key has not the role {needed}."));
    }
}

/// <summary>Reads who calls.</summary>
public static class CallerExtensions
{
    /// <summary>The caller that <see cref="ApiAccess"/> let through.</summary>
    public static Caller Caller(this HttpContext http)
    {
        ArgumentNullException.ThrowIfNull(http);
        return http.Features.Get<Caller>() ?? throw new InvalidOperationException("The route is not behind ApiAccess.");
    }
}
