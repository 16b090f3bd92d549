using Azure.Messaging.ServiceBus;
using Azure.Messaging.ServiceBus.Administration;
using Posthorn.Queues;
using Posthorn.ServiceBus.Links;
using Posthorn.ServiceBus.Wire;

namespace Posthorn.ServiceBus;

/// <summary>
/// Counts what is on the queue by the namespace's management, where this identity may (Manage); else by looking, up to a bound, beyond
/// which the answer is 'unknown'. The broker reports zeros while it throttles: with something to be seen, these are unknown too.
/// </summary>
internal sealed class QueueCounter(BrokerClients clients, TimeProvider clock)
{
    private const int PageSize = 250; // The most a peek gives (Azure Service Bus).
    private const int MostLookedAt = 2000;
    private static readonly TimeSpan AskAgain = TimeSpan.FromMinutes(1);
    private readonly Lazy<ServiceBusAdministrationClient> _management = new(clients.Administration);
    private long _refusedAt = long.MinValue;

    /// <summary>The counts; a number that cannot be had is null.</summary>
    public async Task<QueueCounts> CountAsync(int held, CancellationToken cancellationToken)
    {
        var first = await ServiceBusFailures.GuardAsync(() => clients.Looker.PeekMessagesAsync(PageSize, fromSequenceNumber: 0, cancellationToken), cancellationToken);
        var oldest = first.Count == 0 ? (TimeSpan?)null : clock.GetUtcNow() - first.Min(message => MessageReader.State(message).EnqueuedAt);
        var age = oldest < TimeSpan.Zero ? TimeSpan.Zero : oldest;
        QueueRuntimeProperties? runtime;
        try
        {
            runtime = await RuntimeAsync(cancellationToken);
        }
        catch (ServiceBusException busy) when (busy.Reason == ServiceBusFailureReason.ServiceBusy)
        {
            return new QueueCounts(null, null, held, null, age); // Looking would cost more of what there is too little of.
        }

        if (runtime is null) return (await LookAsync(first, held, cancellationToken)) with { OldestAge = age };
        var isUnknown = first.Count > 0 && runtime is { ActiveMessageCount: 0, ScheduledMessageCount: 0, TotalMessageCount: 0 };
        return isUnknown
            ? new QueueCounts(null, null, held, null, age)
            : new QueueCounts(Math.Max(runtime.ActiveMessageCount - held, 0), runtime.ScheduledMessageCount, Math.Min(held, runtime.ActiveMessageCount), runtime.DeadLetterMessageCount, age);
    }

    /// <summary>How many dead letters there are.</summary>
    public async Task<long> CountDeadAsync(CancellationToken cancellationToken) =>
        await ServiceBusFailures.GuardAsync(() => RuntimeAsync(cancellationToken), cancellationToken) is { } runtime ? runtime.DeadLetterMessageCount : await CountAllAsync(clients.DeadLooker, int.MaxValue, cancellationToken) ?? 0;

    private async Task<QueueRuntimeProperties?> RuntimeAsync(CancellationToken cancellationToken)
    {
        var refused = Volatile.Read(ref _refusedAt);
        if (refused != long.MinValue && clock.GetElapsedTime(refused) < AskAgain) return null;
        try
        {
            return (await _management.Value.GetQueueRuntimePropertiesAsync(clients.Queue, cancellationToken)).Value;
        }
        catch (Exception refusal) when (!cancellationToken.IsCancellationRequested && refusal is not ServiceBusException { Reason: ServiceBusFailureReason.ServiceBusy })
        {
            Volatile.Write(ref _refusedAt, clock.GetTimestamp());
            return null;
        }
    }

    private async Task<QueueCounts> LookAsync(IReadOnlyList<ServiceBusReceivedMessage> first, int held, CancellationToken cancellationToken)
    {
        var dead = await CountAllAsync(clients.DeadLooker, MostLookedAt, cancellationToken);
        var seen = first.ToList();
        for (var page = first; page.Count > 0 && seen.Count < MostLookedAt; seen.AddRange(page))
            page = await ServiceBusFailures.GuardAsync(() => clients.Looker.PeekMessagesAsync(PageSize, seen[^1].SequenceNumber + 1, cancellationToken), cancellationToken);
        if (seen.Count >= MostLookedAt) return new QueueCounts(null, null, held, dead, null);
        var scheduled = seen.Count(message => message.State == ServiceBusMessageState.Scheduled);
        return new QueueCounts(Math.Max(seen.Count - scheduled - held, 0), scheduled, held, dead, null);
    }

    private static async Task<long?> CountAllAsync(ServiceBusReceiver looker, int bound, CancellationToken cancellationToken)
    {
        var count = 0L;
        for (var from = 0L; count < bound;)
        {
            var page = await ServiceBusFailures.GuardAsync(() => looker.PeekMessagesAsync(PageSize, from, cancellationToken), cancellationToken);
            if (page.Count == 0) return count;
            count += page.Count;
            from = page[^1].SequenceNumber + 1;
        }

        return null;
    }
}
