using Posthorn.Access;
using Posthorn.DeadLetters;
using Posthorn.Delivery;
using Posthorn.Endpoints;
using Posthorn.Envelopes;
using Posthorn.Events;
using Posthorn.History;
using Posthorn.Lanes;
using Posthorn.Recovery;
using Posthorn.Retrying;
using Posthorn.Sending;
using Posthorn.Signing;
using Posthorn.Stores;
using Posthorn.Worker.Amqp;
using Posthorn.Worker.Api;
using Posthorn.Worker.Schemas;

namespace Posthorn.Worker.Composition;

/// <summary>The worker's parts.</summary>
internal static class Services
{
    /// <summary>The queue and what guards its way in.</summary>
    public static void AddQueue(this IServiceCollection services, WorkerSettings settings, OpenQueue open)
    {
        services.AddSingleton(open.Queue).AddSingleton(open.DeadLetters).AddSingleton(open.Sealer);
        services.AddSingleton(settings.Profiles);
        services.AddSingleton(settings.Network);
        services.AddSingleton(open.Intake());
        services.AddSingleton<EventIntake>();
        services.AddSingleton<IEventValidator, RegisteredSchemas>();
    }

    /// <summary>Endpoints, keys, history, and what keeps them.</summary>
    public static void AddStores(this IServiceCollection services, WorkerSettings settings, IStores stores)
    {
        services.AddSingleton(stores);
        services.AddSingleton(stores.Endpoints).AddSingleton(stores.Keys).AddSingleton(stores.Throttles).AddSingleton(stores.Recoveries).AddSingleton(stores.Runs).AddSingleton(stores.Log);
        services.AddSingleton(settings.Endpoints).AddSingleton(settings.History);
        services.AddSingleton(new ApiKeyDirectory(stores.Keys, settings.Api.Keys));
        services.AddSingleton<EndpointDirectory>().AddSingleton<EventTypeDirectory>();
        services.AddSingleton<Endpoints.EndpointBuilder>().AddSingleton<EndpointVerifier>().AddSingleton<EndpointRegistry>();
        services.AddSingleton<OperationalEvents>().AddSingleton<StatusProjection>().AddSingleton<Resender>();
        services.AddHosted<HistoryRecorder>();
        services.AddHosted<StoreWatch>();
        services.AddHosted<EndpointHealth>();
        services.AddHosted<HistoryPruner>();
        services.AddHosted<RecoveryWorker>();
    }

    /// <summary>The pump with all it needs.</summary>
    public static void AddDelivery(this IServiceCollection services, WorkerSettings settings, OpenQueue open)
    {
        var delivery = settings.Delivery;
        services.AddSingleton(delivery);
        services.AddSingleton(new EnvelopeReader(open.Builder));
        services.AddSingleton(provider => new LaneSet(
            delivery.MaxInFlight, delivery.MaxInFlightPerDestination, TimeProvider.System, Random.Shared, provider.GetRequiredService<ILogger<LaneSet>>()));
        services.AddSingleton<RecentOutcomes>();
        services.AddSingleton(provider => new CredentialResolver(open.Sealer, SecretSources.Open(settings, provider.GetRequiredService<ILoggerFactory>())));
        services.AddSingleton(new HttpMessageInvoker(WebhookHandler.Create(settings.Network, delivery.MaxInFlight, DescriptorBudget.OfThisProcess().Guard)));
        services.AddSingleton(new DeliveryPolicy(Random.Shared, delivery.MaxRetryAfter));
        services.AddSingleton<WebhookSender>().AddSingleton<DeliveryGate>().AddSingleton<DeliveryJournal>().AddSingleton<DeliveryHandler>();
        services.AddSingleton<MilestoneGate>().AddSingleton<EventFanOut>();
        services.AddSingleton<PumpPulse>().AddSingleton<ReplaySlots>();
        services.AddSingleton(provider => new LockRenewal(settings.Queue.LockDuration, TimeProvider.System, provider.GetRequiredService<ILogger<LockRenewal>>()));
        if (delivery.Enabled) services.AddHosted<DeliveryPump>();
        else services.AddSingleton<DeliveryPump>(); // It tells that nothing is in flight.
    }

    /// <summary>The front door for Azure's SDKs.</summary>
    public static void AddAmqp(this IServiceCollection services, WorkerSettings settings, OpenQueue open)
    {
        if (settings.Amqp.Urls.Count == 0 || open.OpenBroker() is not { } broker) return;
        services.AddSingleton(_ => broker); // Made here, so that the container closes it.
        services.AddSingleton(settings.Amqp);
        services.AddHosted<FrontDoorService>();
    }

    /// <summary>The HTTP API.</summary>
    public static void AddApi(this IServiceCollection services, WorkerSettings settings)
    {
        services.AddSingleton(provider => new ApiAccess(provider.GetRequiredService<ApiKeyDirectory>(), settings.Api, settings.IsDevelopment));
        services.AddSingleton<Audit>();
        services.AddSingleton<NotificationsEndpoint>().AddSingleton<EventsEndpoint>().AddSingleton<EventTypesEndpoint>();
        services.AddSingleton<WebhooksEndpoint>().AddSingleton<WebhookTestEndpoint>().AddSingleton<RecoveriesEndpoint>();
        services.AddSingleton(provider => new RequestPreview(
            provider.GetRequiredService<EnvelopeReader>(), provider.GetRequiredService<CredentialResolver>(), provider.GetRequiredService<EndpointDirectory>().Find, TimeProvider.System));
        services.AddSingleton<DeliveriesEndpoint>().AddSingleton<DeadLettersEndpoint>().AddSingleton<StatusEndpoint>();
        services.AddSingleton<QueueReach>().AddSingleton<QueueEndpoint>().AddSingleton<StatsEndpoint>().AddSingleton<Visibility>();
        ApiDocument.Add(services);
    }

    /// <summary>A part that works by itself, and that others may ask for.</summary>
    private static void AddHosted<T>(this IServiceCollection services)
        where T : class, IHostedService
    {
        services.AddSingleton<T>();
        services.AddHostedService(provider => provider.GetRequiredService<T>());
    }
}
