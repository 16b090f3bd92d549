using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Posthorn.Worker.Api;

namespace Posthorn.EndToEndTests.Access;

/// <summary>The API's routes as they are promised: each with who may call it.</summary>
public static class ApiRoutes
{
    /// <summary>All that stand behind a key.</summary>
    public static IReadOnlyList<ApiRoute> All { get; } =
    [
        new("POST", "/api/notifications", ["publish"], """{"type":"t.t","destination":{"url":"https://example.com/"},"data":1}"""),
        new("POST", "/api/events", ["publish"], """{"type":"t.t","data":{"n":1},"subject":"s","time":"2026-01-01T00:00:00Z"}"""),
        new("POST", "/api/events/validate", ["publish", "read"], """{"type":"t.t","data":{"n":1}}"""),
        new("GET", "/api/events/{id}", ["read", "operate"]),
        new("GET", "/api/event-types", ["read", "publish", "manage", "operate"]),
        new("PUT", "/api/event-types/{name}", ["manage"], """{"description":"d","schema":{"type":"object"}}"""),
        new("DELETE", "/api/event-types/{name}", ["manage"]),
        new("GET", "/api/queue", ["read", "operate"]),
        new("GET", "/api/stats", ["read", "operate"]),
        new("POST", "/api/webhooks", ["manage"], """{"url":"https://example.com/","events":["t.*"],"description":"d","headers":{"X-A":"b"},"rate_limit":5}"""),
        new("GET", "/api/webhooks", ["manage", "read"]),
        new("GET", "/api/webhooks/{id}", ["manage", "read"]),
        new("PUT", "/api/webhooks/{id}", ["manage"], """{"description":"d","status":"disabled","events":["a"]}"""),
        new("DELETE", "/api/webhooks/{id}", ["manage"]),
        new("POST", "/api/webhooks/{id}/rotate-secret", ["manage"], """{"secret":"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}"""),
        new("POST", "/api/webhooks/{id}/verify", ["manage"]),
        new("POST", "/api/webhooks/{id}/test", ["manage", "operate"], """{"type":"a.test","data":{"n":1}}"""),
        new("POST", "/api/webhooks/{id}/recover", ["manage", "operate"], """{"since":"2026-01-01T00:00:00Z","until":"2026-01-02T00:00:00Z","rate":10}"""),
        new("GET", "/api/webhooks/{id}/recoveries", ["manage", "operate", "read"]),
        new("GET", "/api/webhooks/{id}/recoveries/{run}", ["manage", "operate", "read"]),
        new("GET", "/api/webhooks/{id}/deliveries", ["manage", "operate", "read"]),
        new("GET", "/api/deliveries", ["operate", "read"]),
        new("GET", "/api/deliveries/{id}", ["manage", "operate", "read"]),
        new("POST", "/api/deliveries/{id}/resend", ["manage", "operate"]),
        new("GET", "/api/dead-letters", ["operate", "read"]),
        new("GET", "/api/dead-letters/stats", ["operate", "read"]),
        new("GET", "/api/dead-letters/runs", ["operate", "read"]),
        new("GET", "/api/dead-letters/{which}", ["operate", "read"]),
        new("POST", "/api/dead-letters/replay", ["operate"], """{"sequences":[999999]}"""),
        new("POST", "/api/dead-letters/purge", ["operate"], """{"sequences":[999999]}"""),
        new("GET", "/api/v1/status/events/recent", ["read", "publish"]),
        new("GET", "/api/v1/status/{taskId}", ["read", "publish"]),
        new("GET", "/api/v1/status/{taskId}/history", ["read", "publish"]),
    ];

    /// <summary>Every route that the worker maps, spelled <c>GET /api/queue</c>; those without a key are among them.</summary>
    public static IReadOnlyList<string> Mapped()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton(new ApiAccess(new Posthorn.Access.ApiKeyDirectory(null!, []), new ApiOptions(), isDevelopment: false)); // Mapped, and never called.
        foreach (var type in typeof(Routes).Assembly.GetExportedTypes().Where(type => type.Name.EndsWith("Endpoint", StringComparison.Ordinal) && !type.IsAbstract))
            builder.Services.AddSingleton(type, _ => throw new NotSupportedException("The routes are only looked at."));
        var app = builder.Build();
        Routes.Map(app);
        return
        [
            .. ((IEndpointRouteBuilder)app).DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
                .SelectMany(route => (route.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? []).Select(method => $"{method} {route.RoutePattern.RawText?.TrimEnd('/')}")),
        ];
    }
}

/// <summary>One route.</summary>
/// <param name="Method">The method.</param>
/// <param name="Path">The path, with its parameters' names.</param>
/// <param name="Roles">Any of these may call it.</param>
/// <param name="Body">A body that it takes, if any.</param>
public sealed record ApiRoute(string Method, string Path, IReadOnlyList<string> Roles, string? Body = null)
{
    /// <summary>The call, with a text for every parameter.</summary>
    public string Call(string id = "nothing")
    {
        var path = Path;
        foreach (var name in new[] { "{id}", "{name}", "{run}", "{which}", "{taskId}" }) path = path.Replace(name, id, StringComparison.Ordinal);
        return $"{Method} {path}";
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Method} {Path}";
}
