using Azure.Messaging.ServiceBus;
using Posthorn.ContractTests.Queues;
using Posthorn.Queues;
using Posthorn.ServiceBus;
using Posthorn.ServiceBusDouble;

namespace Posthorn.ContractTests.ServiceBus;

/// <summary>A queue of a namespace in memory.</summary>
/// <param name="requiresSessions">Whether it is one with sessions.</param>
public sealed class DoubleHarness(bool requiresSessions = false) : QueueHarness
{
    /// <summary>The queue's name.</summary>
    public const string QueueName = "notifications";

    private readonly List<ServiceBusQueue> _opened = [];
    private InMemoryNamespace? _namespace;

    public override string Adapter => requiresSessions ? "Service Bus with sessions (in-memory double)" : "Service Bus (in-memory double)";

    public override bool TellsDuplicates => false;

    public override bool OrdersByKey => requiresSessions;

    public override bool HoldsWhatItGaveUp => false;

    public override bool GivesInOrder => !requiresSessions;

    public override int EmptyLooks => requiresSessions ? 6 : base.EmptyLooks;

    public override int LargestBody => 240 * 1024;

    /// <summary>The namespace, once a queue was opened.</summary>
    public InMemoryNamespace Namespace => _namespace ?? throw new InvalidOperationException("Nothing was opened yet.");

    public override Task<OpenQueue> OpenAsync(QueueSettings settings)
    {
        var queue = Open(settings);
        return Task.FromResult(new OpenQueue(queue, queue.DeadLetters));
    }

    /// <summary>Opens the adapter, with other options where a test has them.</summary>
    public ServiceBusQueue Open(QueueSettings settings, Func<ServiceBusQueueOptions, ServiceBusQueueOptions>? with = null)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var clock = settings.RealClock ? TimeProvider.System : Clock;
        _namespace ??= Start(settings, clock);
        var options = new ServiceBusQueueOptions
        {
            ConnectionString = _namespace.ConnectionString,
            Queue = QueueName,
            LockDuration = settings.LockDuration,
            Sessions = requiresSessions,
            HoldsExhausted = settings.OnExhausted == OnExhausted.Hold,
            Glance = TimeSpan.FromMilliseconds(requiresSessions ? 30 : 5),
            Retry = new ServiceBusRetryOptions { MaxRetries = 0, TryTimeout = TimeSpan.FromMilliseconds(requiresSessions ? 30 : 5000) },
        };
        var queue = ServiceBusQueue.Open(with is null ? options : with(options), clock);
        _opened.Add(queue);
        return queue;
    }

    protected override async ValueTask DisposeCoreAsync()
    {
        foreach (var queue in _opened) await queue.DisposeAsync();
        _namespace?.Dispose();
    }

    private InMemoryNamespace Start(QueueSettings settings, TimeProvider clock)
    {
        var started = InMemoryNamespace.Start($"{Guid.NewGuid():N}.servicebus.test", clock);
        started.AddQueue(QueueName, new QueueRules
        {
            LockDuration = settings.LockDuration,
            MaxDeliveryCount = settings.MaxDeliveryCount,
            DuplicateWindow = settings.DuplicateWindow,
            RequiresSession = requiresSessions,
            DeadLettersExpired = true,
        });
        return started;
    }
}
