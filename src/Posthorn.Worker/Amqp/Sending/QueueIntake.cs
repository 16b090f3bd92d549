using System.Threading.Channels;
using Posthorn.Amqp.Performatives;
using Posthorn.Queues;

namespace Posthorn.Worker.Amqp.Sending;

/// <summary>
/// Stores what all links bring: whatever came while the last write was under way goes into the next one together, and each delivery
/// is settled when it is on disk. What would take too much memory meanwhile is told to come again later.
/// </summary>
internal sealed partial class QueueIntake(IDeliveryQueue queue, ILogger<QueueIntake> logger) : IAsyncDisposable
{
    /// <summary>The most bytes that wait to be stored.</summary>
    public const long MostBytes = 256L * 1024 * 1024;

    private const int MostTogether = 2_000;
    private const int MostBytesTogether = 32 * 1024 * 1024;
    private readonly Channel<Arrival> _arrivals = Channel.CreateUnbounded<Arrival>(new UnboundedChannelOptions { SingleReader = true });
    private Task _storing = Task.CompletedTask;
    private long _bytes;

    /// <summary>Begins to store.</summary>
    public void Start() => _storing = Task.Run(StoreAllAsync);

    /// <summary>Takes an arrival; it is settled sooner or later, whatever happens.</summary>
    public void Add(Arrival arrival)
    {
        if (Interlocked.Add(ref _bytes, arrival.Size) <= MostBytes && _arrivals.Writer.TryWrite(arrival)) return;
        Interlocked.Add(ref _bytes, -arrival.Size);
        arrival.Delivery.Settle(new DeliveryState.Rejected(BrokerError.Busy("too much waits to be stored")));
    }

    /// <summary>Stores what has come, and takes no more.</summary>
    public async ValueTask DisposeAsync()
    {
        _arrivals.Writer.TryComplete();
        await _storing;
    }

    /// <summary>While one group is on its way to the disk, the next one is made and handed over: the queue keeps their order.</summary>
    private async Task StoreAllAsync()
    {
        var before = Task.CompletedTask;
        while (await _arrivals.Reader.WaitToReadAsync())
        {
            var storing = StoreAndSettleAsync(NextGroup());
            await before;
            before = storing;
        }

        await before;
    }

    private List<Arrival> NextGroup()
    {
        var group = new List<Arrival>();
        for (var (messages, bytes) = (0, 0L); messages < MostTogether && bytes < MostBytesTogether && _arrivals.Reader.TryRead(out var arrival);)
        {
            group.Add(arrival);
            messages += arrival.Messages.Count;
            bytes += arrival.Size;
        }

        return group;
    }

    private async Task StoreAndSettleAsync(List<Arrival> group)
    {
        var outcome = await StoreAsync(group);
        foreach (var arrival in group) arrival.Delivery.Settle(outcome);
        Interlocked.Add(ref _bytes, -group.Sum(arrival => arrival.Size));
    }

#pragma warning disable CA1031 // Whatever went wrong, those who sent are told, and the next ones are tried.
    private async Task<DeliveryState> StoreAsync(List<Arrival> group)
    {
        try
        {
            await queue.EnqueueAsync([.. group.SelectMany(arrival => arrival.Messages)], CancellationToken.None);
            return DeliveryState.Accept;
        }
        catch (QueueUnavailableException unavailable)
        {
            LogUnavailable(unavailable.Message);
            return new DeliveryState.Rejected(BrokerError.Busy(unavailable.Message));
        }
        catch (Exception bug)
        {
            LogCrashed(bug);
            return new DeliveryState.Rejected(BrokerError.Internal());
        }
    }
#pragma warning restore CA1031

    [LoggerMessage(90, LogLevel.Error, "What came over AMQP cannot be stored now: {Cause}", EventName = "AmqpNotStored")]
    private partial void LogUnavailable(string cause);

    [LoggerMessage(91, LogLevel.Critical, "What came over AMQP was refused, as storing it crashed", EventName = "AmqpStoringCrashed")]
    private partial void LogCrashed(Exception bug);
}
