using Azure.Messaging.ServiceBus.Administration;
using Posthorn.ContractTests.Queues;
using Posthorn.ServiceBus;

namespace Posthorn.ContractTests.Emulator;

/// <summary>A queue of a real broker, made for one fact and deleted after it. Its time is real: facts that need much of it are skipped.</summary>
public sealed class BrokerHarness(BrokerFixture broker) : QueueHarness
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(40);
    private static readonly TimeSpan LongestWindow = TimeSpan.FromMinutes(5); // Of the emulator.
    private readonly string _queue = $"posthorn-{Guid.NewGuid():N}";
    private readonly List<ServiceBusQueue> _opened = [];
    private ServiceBusAdministrationClient? _management;

    public override string Adapter => "Service Bus (a broker)";

    public override bool TellsDuplicates => false;

    public override bool OrdersByKey => false; // Its queues are made without sessions.

    public override bool HoldsWhatItGaveUp => false;

    public override int LargestBody => 200 * 1024;

    public override async Task<OpenQueue> OpenAsync(QueueSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var where = await broker.StartAsync();
        if (_management is null) await CreateAsync(_management = new ServiceBusAdministrationClient(where.Management), settings);
        var queue = ServiceBusQueue.Open(new ServiceBusQueueOptions { ConnectionString = where.ConnectionString, Queue = _queue, LockDuration = settings.LockDuration }, TimeProvider.System);
        _opened.Add(queue);
        return new OpenQueue(queue, queue.DeadLetters);
    }

    public override async Task AdvanceAsync(TimeSpan time)
    {
        Assert.SkipWhen(time > LongestWait, $"A real broker's clock cannot be set, and {time:c} is long to wait for.");
        await Task.Delay(time);
        Clock.SetUtcNow(TimeProvider.System.GetUtcNow());
    }

    protected override async ValueTask DisposeCoreAsync()
    {
        foreach (var queue in _opened) await queue.DisposeAsync();
        if (_management is not null) await _management.DeleteQueueAsync(_queue);
    }

    private async Task CreateAsync(ServiceBusAdministrationClient management, QueueSettings settings)
    {
        Clock.SetUtcNow(TimeProvider.System.GetUtcNow());
        await management.CreateQueueAsync(new CreateQueueOptions(_queue)
        {
            LockDuration = settings.LockDuration,
            MaxDeliveryCount = settings.MaxDeliveryCount,
            RequiresDuplicateDetection = true,
            DuplicateDetectionHistoryTimeWindow = settings.DuplicateWindow < LongestWindow ? settings.DuplicateWindow : LongestWindow,
            DeadLetteringOnMessageExpiration = true,
            DefaultMessageTimeToLive = TimeSpan.FromHours(1),
        });
    }
}
