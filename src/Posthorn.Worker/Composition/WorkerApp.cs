using System.Net;
using Posthorn.Stores;
using Posthorn.Worker.Api;
using Posthorn.Worker.Telemetry;

namespace Posthorn.Worker.Composition;

/// <summary>Puts the worker together: the pump with all it needs, and the HTTP API.</summary>
internal static class WorkerApp
{
    private const int MaxApiConnections = 1000;
    private static readonly TimeSpan SettlingTime = TimeSpan.FromSeconds(5);

    public static WebApplication Create(WorkerSettings settings, OpenQueue open, IStores stores)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { EnvironmentName = settings.Environment, ApplicationName = "posthorn" });
        builder.AddTelemetry(settings);
        builder.Logging.SetMinimumLevel(settings.LogLevel)
            .AddFilter("Microsoft", settings.LogLevel > LogLevel.Warning ? settings.LogLevel : LogLevel.Warning)
            .AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None); // A failed start is told in one line, by ServeCommand.
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = DescriptorBudget.OfThisProcess().ForApi(MaxApiConnections);
            kestrel.Limits.MaxRequestBodySize = RequestBody.MaxDrainedBytes;
            Listen(kestrel, settings.Api.Url);
        });
        builder.Services.AddRoutingCore();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = settings.Delivery.ShutdownGrace + SettlingTime);
        builder.Services.AddSingleton(TimeProvider.System).AddSingleton(Random.Shared);
        builder.Services.AddApi(settings);
        builder.Services.AddQueue(settings, open);
        builder.Services.AddStores(settings, stores); // Before the deliveries: what these record at the end is written when they have stopped.
        builder.Services.AddDelivery(settings, open);
        builder.Services.AddAmqp(settings, open);

        var app = builder.Build();
        Routes.Map(app);
        return app;
    }

    private static void Listen(Microsoft.AspNetCore.Server.Kestrel.Core.KestrelServerOptions kestrel, Uri url)
    {
        if (IPAddress.TryParse(url.Host.Trim('[', ']'), out var address)) kestrel.Listen(address, url.Port);
        else kestrel.ListenLocalhost(url.Port); // ApiOptions lets no other name through.
    }
}
