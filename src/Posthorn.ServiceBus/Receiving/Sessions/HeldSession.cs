using Azure.Messaging.ServiceBus;
using Posthorn.ServiceBus.Links;
using Posthorn.ServiceBus.Wire;

namespace Posthorn.ServiceBus.Receiving.Sessions;

/// <summary>A session that this process holds: of a key, whose messages go one by one, or of mail without a key, which does not wait for each other.</summary>
internal sealed class HeldSession
{
    private const int UnkeyedAtOnce = 16;
    private readonly ServiceBusSessionReceiver _receiver;
    private readonly MessageWriter _writer;
    private readonly ServiceBusQueueOptions _options;
    private readonly TimeProvider _clock;
    private readonly OrderedSession? _order;
    private readonly SessionLink _link;
    private readonly LockTerm _term;
    private int _inFlight;
    private int _receiving;

    public HeldSession(ServiceBusSessionReceiver receiver, ServiceBusSender sender, MessageWriter writer, ServiceBusQueueOptions options, TimeProvider clock, Action<HeldSession, bool> ended)
    {
        (_receiver, _writer, _options, _clock) = (receiver, writer, options, clock);
        _order = MessageWriter.IsUnkeyed(receiver.SessionId) ? null : new OrderedSession(receiver, sender, options.HoldsExhausted, options.Glance, clock);
        _term = new LockTerm(options.LockDuration, clock);
        _link = new SessionLink(receiver, sender, _order, _term, mayGoOn =>
        {
            Interlocked.Decrement(ref _inFlight);
            ended(this, mayGoOn);
        });
    }

    /// <summary>Whether nothing of it is in flight, and nobody is about to receive of it.</summary>
    public bool IsAtRest => Volatile.Read(ref _receiving) == 0 && Volatile.Read(ref _inFlight) == 0;

    /// <summary>Whether its lock has ended, or the broker has closed it.</summary>
    public bool IsLost => _term.Left <= TimeSpan.Zero || _receiver.IsClosed;

    /// <summary>Reads where an earlier holder stopped.</summary>
    public Task BeginAsync() => _order?.BeginAsync() ?? Task.CompletedTask;

    /// <summary>What is to be delivered next; none when there is none now.</summary>
    public async Task<IReadOnlyList<ServiceBusLease>> NextAsync()
    {
        if (_term.IsOld) await RenewAsync(); // Messages that are quickly done are never renewed themselves.
        IReadOnlyList<ServiceBusReceivedMessage> next = [];
        Interlocked.Increment(ref _receiving);
        try
        {
            next = _order is null ? await UnkeyedAsync() : await _order.NextAsync() is { } one ? [one] : [];
            Interlocked.Add(ref _inFlight, next.Count); // Before it is at rest again: who finds nothing meanwhile must not let go of it.
        }
        finally
        {
            Interlocked.Decrement(ref _receiving);
        }

        return [.. next.Select(message => new ServiceBusLease(_link, message, _writer, _options.LockDuration, _clock))];
    }

    public Task CloseAsync() => _receiver.CloseAsync();

    private async Task RenewAsync()
    {
        await _receiver.RenewSessionLockAsync();
        _term.Extend();
    }

    private async Task<IReadOnlyList<ServiceBusReceivedMessage>> UnkeyedAsync() =>
        UnkeyedAtOnce - Volatile.Read(ref _inFlight) is var room && room > 0 ? await _receiver.ReceiveMessagesAsync(room, _options.Glance) : [];
}
