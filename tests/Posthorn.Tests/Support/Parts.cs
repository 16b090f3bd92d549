using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Posthorn.Delivery;
using Posthorn.Endpoints;
using Posthorn.Envelopes;
using Posthorn.Events;
using Posthorn.History;
using Posthorn.Lanes;
using Posthorn.Profiles;
using Posthorn.Queues;
using Posthorn.Recovery;
using Posthorn.Retrying;
using Posthorn.Sending;
using Posthorn.Signing;

namespace Posthorn.Tests.Support;

/// <summary>The worker's parts around endpoints and events, over stores in memory and a clock that a test holds.</summary>
internal sealed class Parts : IAsyncDisposable
{
    private readonly List<IHostedService> _started = [];

    public Parts(params (string Key, string? Value)[] settings)
    {
        Profiles = Given.Catalog(settings);
        Directory = new EndpointDirectory(Endpoints, Sealer);
        Operational = new OperationalEvents(Queue, Directory, Clock, NullLogger<OperationalEvents>.Instance);
        History = NewRecorder(new HistoryOptions());
        Statuses = new StatusProjection(Profiles);
        Health = new EndpointHealth(Endpoints, Directory, Operational, Options, Clock, NullLogger<EndpointHealth>.Instance);
        Journal = new DeliveryJournal(History, Directory, Health, Operational, Statuses, Clock);
        FanOut = new EventFanOut(Directory, Profiles, new MilestoneGate(Throttles, Clock), Statuses, History, Clock, NullLogger<EventFanOut>.Instance);
        Gate = new DeliveryGate(Directory, Throttles, Clock);
        Resender = new Resender(Queue, DeadLetters, Log, History, Profiles, Clock);
        Sender = new WebhookSender(new HttpMessageInvoker(Receiver), new CredentialResolver(Sealer, Given.SecretsIn(settings)), Given.Development, Clock);
        Lanes = new LaneSet(256, 16, Clock, new Random(1), NullLogger<LaneSet>.Instance);
        Builder = new EndpointBuilder(Profiles, Given.Development, Options);
        Registry = new EndpointRegistry(Endpoints, Directory, Builder, new EndpointVerifier(Lanes, Sender, Clock), Profiles, Sealer, Options, Clock);
    }

    public FakeTimeProvider Clock { get; } = new(Given.Now);

    public FakeSealer Sealer { get; } = new();

    public EndpointOptions Options { get; } = new();

    public MemoryEndpointStore Endpoints { get; } = new();

    public MemoryThrottleStore Throttles { get; } = new();

    public MemoryDeliveryLog Log { get; } = new();

    public MemoryRecoveryStore Recoveries { get; } = new();

    public MemoryQueue Queue { get; } = new();

    public MemoryDeadLetters DeadLetters { get; } = new();

    public FakeReceiver Receiver { get; } = new();

    public ProfileCatalog Profiles { get; }

    public EndpointDirectory Directory { get; }

    public OperationalEvents Operational { get; }

    public HistoryRecorder History { get; }

    public StatusProjection Statuses { get; }

    public EndpointHealth Health { get; }

    public DeliveryJournal Journal { get; }

    public EventFanOut FanOut { get; }

    public DeliveryGate Gate { get; }

    public Resender Resender { get; }

    public WebhookSender Sender { get; }

    public LaneSet Lanes { get; }

    public EndpointBuilder Builder { get; }

    public EndpointRegistry Registry { get; }

    public HistoryRecorder NewRecorder(HistoryOptions options) => new(Log, options, Clock, NullLogger<HistoryRecorder>.Instance);

    public RecoveryWorker NewRecoveryWorker() =>
        new(Recoveries, DeadLetters, Queue, Log, History, Directory, Resender, Clock, NullLogger<RecoveryWorker>.Instance);

    /// <summary>The receive loop over a queue.</summary>
    public DeliveryPump NewPump(IDeliveryQueue queue, DeliveryOptions options, TimeSpan lockDuration)
    {
        var handler = new DeliveryHandler(
            new EnvelopeReader(new EnvelopeBuilder(Profiles, Given.Development)), Gate, Lanes, Sender, new DeliveryPolicy(new Random(1), TimeSpan.FromHours(1)),
            new RecentOutcomes(), Journal, Clock, NullLogger<DeliveryHandler>.Instance);
        return new DeliveryPump(
            queue, FanOut, handler, new LockRenewal(lockDuration, Clock, NullLogger<LockRenewal>.Instance), new PumpPulse(Clock), new ReplaySlots(options, Clock), options, new StartedHost(),
            Clock, NullLogger<DeliveryPump>.Instance);
    }

    /// <summary>Puts endpoints into the store, and into the directory.</summary>
    public async Task<Parts> WithAsync(params IEnumerable<Endpoint> endpoints)
    {
        foreach (var endpoint in endpoints) Endpoints.Put(endpoint);
        await Directory.RefreshAsync(CancellationToken.None);
        return this;
    }

    /// <summary>Starts a part that works by itself; it stops with the rest.</summary>
    public async Task<T> StartAsync<T>(T part)
        where T : IHostedService
    {
        _started.Add(part);
        await part.StartAsync(CancellationToken.None);
        return part;
    }

    /// <summary>Stops a part, as a crash or a restart does.</summary>
    public async Task StopAsync(IHostedService part)
    {
        _started.Remove(part);
        await Clock.RunUntilAsync(part.StopAsync(CancellationToken.None));
    }

    /// <summary>Waits until what was recorded is in the log.</summary>
    public async Task FlushAsync()
    {
        if (!_started.Contains(History)) await StartAsync(History);
        (await Clock.RunUntilAsync(History.FlushAsync(TimeSpan.FromMinutes(1), CancellationToken.None))).ShouldBeTrue();
    }

    /// <summary>As <see cref="FlushAsync"/>, of a recorder that is full.</summary>
    public async Task FlushWhenThereIsRoomAsync()
    {
        if (!_started.Contains(History)) await StartAsync(History);
        await Clock.RunUntilAsync(() => Log.Batches.Count > 0);
        await FlushAsync();
    }

    public async ValueTask DisposeAsync()
    {
        (Endpoints.IsAway, Log.IsAway) = (false, false);
        foreach (var part in _started.ToList()) await StopAsync(part);
        Health.Dispose();
        History.Dispose();
        Directory.Dispose();
    }
}
