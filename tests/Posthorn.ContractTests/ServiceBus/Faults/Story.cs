using Azure.Messaging.ServiceBus;
using Posthorn.ContractTests.Queues;
using Posthorn.Queues;
using Posthorn.ServiceBus;
using Posthorn.ServiceBusDouble;

namespace Posthorn.ContractTests.ServiceBus.Faults;

/// <summary>One broker, and one process after the other that uses it, for facts about what goes wrong between the two.</summary>
/// <param name="sessions">Whether the queue requires sessions.</param>
internal sealed class Story(bool sessions) : IAsyncDisposable
{
    private ServiceBusQueue? _queue;

    public DoubleHarness Harness { get; } = new(sessions);

    public QueueSettings Settings { get; init; } = new() { MaxDeliveryCount = 10 };

    /// <summary>The adapter of the process that runs now.</summary>
    public ServiceBusQueue Queue => _queue ??= Harness.Open(Settings);

    public InMemoryNamespace Space
    {
        get
        {
            _ = Queue;
            return Harness.Namespace;
        }
    }

    public QueueLook Look => Space.Look(DoubleHarness.QueueName);

    public DateTimeOffset Now => Harness.Clock.GetUtcNow();

    /// <summary>Whether there is anything left on the queue; notes that sessions write to themselves do not count.</summary>
    public bool IsEmpty => Mail.Count == 0;

    /// <summary>What is on the queue in any state, dead letters apart.</summary>
    public IReadOnlyList<ServiceBusReceivedMessage> Mail
    {
        get
        {
            var look = Look; // One look: between two, what is active may become locked, and would be seen twice.
            return [.. new[] { look.Active, look.Locked, look.Scheduled, look.Deferred }.SelectMany(messages => messages).Where(message => !message.ApplicationProperties.ContainsKey("posthorn_note"))];
        }
    }

    public ValueTask DisposeAsync() => Harness.DisposeAsync();

    public static QueueMessage Message(string id) => new() { MessageId = id, Body = "{}"u8.ToArray(), Properties = new Dictionary<string, string> { ["type"] = "thing.happened", ["url"] = "https://receiver.example/hook" } };

    public AttemptRecord Attempt(int number = 1) => new() { Number = number, At = Now, DurationMs = 5, Status = 503 };

    public Task EnqueueAsync(params string[] ids) => Queue.EnqueueAsync([.. ids.Select(Message)], default);

    /// <summary>Leases one message; the broker may be about to fail.</summary>
    public async Task<ILease> LeaseOneAsync()
    {
        for (var looks = 0; looks < 100; looks++)
            if (await Queue.ReceiveAsync(1, TimeSpan.Zero, default) is [var lease]) return lease;
        throw new InvalidOperationException("Nothing came.");
    }

    /// <summary>Leases what is due; a failure that was told late is none any more.</summary>
    public async Task<List<ILease>> LeaseAllAsync()
    {
        var leases = new List<ILease>();
        for (var (empty, failures) = (0, 0); empty < 2;)
        {
            try
            {
                var more = await Queue.ReceiveAsync(10, TimeSpan.Zero, default);
                leases.AddRange(more);
                empty = more.Count == 0 ? empty + 1 : 0;
            }
            catch (QueueUnavailableException) when (++failures < 5)
            {
                // It is over.
            }
        }

        return leases;
    }

    /// <summary>The process ends without a word, and another one begins.</summary>
    public async Task CrashAsync()
    {
        Space.DropLinks();
        if (_queue is not null) await _queue.DisposeAsync();
        _queue = null;
    }

    public void Advance(TimeSpan time) => Harness.Clock.Advance(time);

    /// <summary>Lets time pass until all that is on the queue has been leased and completed; the answer is what was.</summary>
    public async Task<List<ILease>> DrainAsync()
    {
        var done = new List<ILease>();
        for (var round = 0; round < 12 && !IsEmpty; round++)
        {
            Advance(TimeSpan.FromMinutes(2));
            for (var leases = await LeaseAllAsync(); leases.Count > 0; leases = await LeaseAllAsync())
            {
                foreach (var lease in leases) await lease.CompleteAsync(default);
                done.AddRange(leases);
            }
        }

        IsEmpty.ShouldBeTrue($"something stays: {string.Join(' ', Mail.Select(message => $"{message.MessageId} {message.State}"))}");
        return done;
    }
}
