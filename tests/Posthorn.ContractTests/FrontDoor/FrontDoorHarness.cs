using Azure.Messaging.ServiceBus;
using Microsoft.Extensions.Logging.Abstractions;
using Posthorn.ContractTests.Queues;
using Posthorn.ContractTests.Sqlite;
using Posthorn.Queues;
using Posthorn.ServiceBus;
using Posthorn.Signing;
using Posthorn.Sqlite;
using Posthorn.Sqlite.Broker;
using Posthorn.Worker.Amqp;

namespace Posthorn.ContractTests.FrontDoor;

/// <summary>Our adapter over Azure's own SDK, against the front door of an embedded queue in this process.</summary>
/// <param name="requiresSessions">Whether the adapter receives by sessions.</param>
public sealed class FrontDoorHarness(bool requiresSessions = false) : QueueHarness
{
    private const string QueueName = "notifications";
    private static readonly TimeSpan SessionWait = TimeSpan.FromSeconds(1);
    private readonly TemporaryFolder _folder = new();
    private readonly List<ServiceBusQueue> _opened = [];
    private SqliteQueue? _store;
    private SqliteBroker? _broker;
    private FrontDoorService? _door;
    private int _port;

    public override string Adapter => requiresSessions ? "Service Bus with sessions (the SDK, over the embedded queue)" : "Service Bus (the SDK, over the embedded queue)";

    public override bool TellsDuplicates => false;

    public override bool OrdersByKey => requiresSessions;

    public override bool HoldsWhatItGaveUp => false;

    public override bool GivesInOrder => !requiresSessions;

    public override bool BuriesInOrder => !requiresSessions;

    public override int EmptyLooks => requiresSessions ? 6 : base.EmptyLooks;

    public override async Task<OpenQueue> OpenAsync(QueueSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var clock = settings.RealClock ? TimeProvider.System : Clock;
        if (_store is null) await StartAsync(settings, clock);
        var options = new ServiceBusQueueOptions
        {
            ConnectionString = $"Endpoint=sb://localhost:{_port};SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey={FrontDoorOptions.DevelopmentKey};UseDevelopmentEmulator=true;",
            Queue = QueueName,
            LockDuration = settings.LockDuration,
            Sessions = requiresSessions,
            HoldsExhausted = settings.OnExhausted == OnExhausted.Hold,
            Glance = TimeSpan.FromMilliseconds(requiresSessions ? 50 : 100),
            Retry = new ServiceBusRetryOptions { MaxRetries = 0, TryTimeout = requiresSessions ? SessionWait : TimeSpan.FromSeconds(5) },
        };
        var queue = ServiceBusQueue.Open(options, clock);
        _opened.Add(queue);
        return new OpenQueue(queue, queue.DeadLetters);
    }

    /// <summary>A receive that gave nothing has left calls behind that wait for a session; they must not take one that comes with the time.</summary>
    public override async Task AdvanceAsync(TimeSpan time)
    {
        if (requiresSessions) await Task.Delay(SessionWait);
        await base.AdvanceAsync(time);
    }

    protected override async ValueTask DisposeCoreAsync()
    {
        foreach (var queue in _opened) await queue.DisposeAsync();
        if (_door is not null) await _door.DisposeAsync();
        _broker?.Dispose();
        _store?.Dispose();
        _folder.Dispose();
    }

    /// <summary>Keys that dead letters hold are the adapter's to heed here, by the state of its sessions.</summary>
    private async Task StartAsync(QueueSettings settings, TimeProvider clock)
    {
        // The SDK forgets by the machine's clock what it has locked by its number, so that must not overtake; and AMQP has no less than milliseconds.
        Clock.SetUtcNow(DateTimeOffset.FromUnixTimeMilliseconds(TimeProvider.System.GetUtcNow().AddDays(1).ToUnixTimeMilliseconds()));
        _store = SqliteQueue.Open(
            new SqliteQueueOptions
            {
                Path = _folder.File("queue.db"), LockDuration = settings.LockDuration, DuplicateWindow = settings.DuplicateWindow, MaxDeliveryCount = settings.MaxDeliveryCount,
            },
            clock);
        var options = new FrontDoorOptions { Urls = [new Uri("amqp://127.0.0.1:0")], Queue = QueueName, SharedAccessKey = new SigningSecret(FrontDoorOptions.DevelopmentKey) };
        _broker = new SqliteBroker(_store);
        _door = new FrontDoorService(options, _store, _broker, TimeProvider.System, NullLoggerFactory.Instance); // The wire's time is real, whatever the queue's.
        await _door.StartAsync(CancellationToken.None);
        _port = _door.LocalEndPoint.ShouldNotBeNull().Port;
    }
}
