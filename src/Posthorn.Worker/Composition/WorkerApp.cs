using System.Net;
using Microsoft.Extensions.Logging.Console;
using Posthorn.Delivery;
using Posthorn.Envelopes;
using Posthorn.Lanes;
using Posthorn.Queues;
using Posthorn.Retrying;
using Posthorn.Sending;
using Posthorn.Signing;
using Posthorn.Worker.Api;

namespace Posthorn.Worker.Composition;

/// <summary>Puts the worker together: the pump with all it needs, and the HTTP API.</summary>
internal static class WorkerApp
{
    private const int MaxApiConnections = 1000;
    private static readonly TimeSpan SettlingTime = TimeSpan.FromSeconds(5);

    public static WebApplication Create(WorkerSettings settings, OpenQueue open)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { EnvironmentName = settings.Environment, ApplicationName = "posthorn" });
        builder.Logging.AddSimpleConsole(format => (format.SingleLine, format.TimestampFormat, format.UseUtcTimestamp, format.ColorBehavior) = (true, "HH:mm:ss.fff ", true, LoggerColorBehavior.Default));
        builder.Logging.SetMinimumLevel(settings.LogLevel)
            .AddFilter("Microsoft", settings.LogLevel > LogLevel.Warning ? settings.LogLevel : LogLevel.Warning)
            .AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None); // A failed start is told in one line, by ServeCommand.
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = MaxApiConnections;
            kestrel.Limits.MaxRequestBodySize = NotificationsEndpoint.MaxDrainedBytes;
            Listen(kestrel, settings.Api.Url);
        });
        builder.Services.AddRoutingCore();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = settings.Delivery.ShutdownGrace + SettlingTime);
        AddQueue(builder.Services, open);
        AddDelivery(builder.Services, settings, open);

        var app = builder.Build();
        Routes.Map(app, new ApiKeyGate(settings.Api, settings.IsDevelopment));
        return app;
    }

    private static void Listen(Microsoft.AspNetCore.Server.Kestrel.Core.KestrelServerOptions kestrel, Uri url)
    {
        if (IPAddress.TryParse(url.Host.Trim('[', ']'), out var address)) kestrel.Listen(address, url.Port);
        else kestrel.ListenLocalhost(url.Port); // ApiOptions lets no other name through.
    }

    private static void AddQueue(IServiceCollection services, OpenQueue open)
    {
        services.AddSingleton<IDeliveryQueue>(open.Queue);
        services.AddSingleton(open.Queue.DeadLetters);
        services.AddSingleton(open.Intake());
        services.AddSingleton<NotificationsEndpoint>();
    }

    private static void AddDelivery(IServiceCollection services, WorkerSettings settings, OpenQueue open)
    {
        var delivery = settings.Delivery;
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(Random.Shared);
        services.AddSingleton(delivery);
        services.AddSingleton(settings.Network);
        services.AddSingleton(new EnvelopeReader(open.Builder));
        services.AddSingleton(new LaneSet(delivery.MaxInFlightPerDestination, TimeProvider.System, Random.Shared));
        services.AddSingleton(new CredentialResolver(open.KeyRing, settings.Configuration));
        services.AddSingleton(new HttpMessageInvoker(WebhookHandler.Create(settings.Network, delivery.MaxInFlightPerDestination)));
        services.AddSingleton(new DeliveryPolicy(Random.Shared, delivery.MaxRetryAfter));
        services.AddSingleton<WebhookSender>();
        services.AddSingleton<DeliveryHandler>();
        services.AddSingleton<PumpPulse>();
        services.AddSingleton(provider => new LockRenewal(settings.Queue.LockDuration, TimeProvider.System, provider.GetRequiredService<ILogger<LockRenewal>>()));
        services.AddHostedService<DeliveryPump>();
    }
}
