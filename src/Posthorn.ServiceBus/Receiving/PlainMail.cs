using Azure.Messaging.ServiceBus;
using Posthorn.Queues;
using Posthorn.ServiceBus.Links;
using Posthorn.ServiceBus.Wire;

namespace Posthorn.ServiceBus.Receiving;

/// <summary>Mail of a queue without sessions, over one or several connections.</summary>
internal sealed class PlainMail(IReadOnlyList<BrokerLink> links, MessageWriter writer, ServiceBusQueueOptions options, TimeProvider clock) : IMailSource
{
    private int _turn;

    public async Task<IReadOnlyList<ServiceBusLease>> ReceiveAsync(int max, TimeSpan wait, CancellationToken cancellationToken)
    {
        if (links.Count > 1 && await FromAllAsync(max, cancellationToken) is { Count: > 0 } leases) return leases;
        var one = links[(int)((uint)Interlocked.Increment(ref _turn) % links.Count)];
        return await FromAsync(one, max, wait > options.Glance ? wait : options.Glance, cancellationToken);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>A share from each at once. What one has received must not be lost by another's failure.</summary>
    private async Task<IReadOnlyList<ServiceBusLease>> FromAllAsync(int max, CancellationToken cancellationToken)
    {
        var receives = links.Take(max).Select((link, i) => FromAsync(link, (max / links.Count) + (i < max % links.Count ? 1 : 0), options.Glance, cancellationToken)).ToList();
        try
        {
            await Task.WhenAll(receives);
        }
        catch (Exception) when (receives.Exists(receive => receive is { IsCompletedSuccessfully: true, Result.Count: > 0 }))
        {
            // The next call meets it again, if it lasts; also a cancellation.
        }
        catch (QueueUnavailableException) when (receives.Exists(receive => receive.IsCompletedSuccessfully))
        {
            // As above.
        }

        return [.. receives.Where(receive => receive.IsCompletedSuccessfully).SelectMany(receive => receive.Result)];
    }

    private async Task<IReadOnlyList<ServiceBusLease>> FromAsync(BrokerLink link, int max, TimeSpan wait, CancellationToken cancellationToken)
    {
        IReadOnlyList<ServiceBusReceivedMessage> received = await ServiceBusFailures.GuardAsync(() => link.ReceiveAsync(max, wait, cancellationToken), cancellationToken);
        return [.. received.Select(message => new ServiceBusLease(link, message, writer, options.LockDuration, clock))];
    }
}
