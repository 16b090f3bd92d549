using Posthorn.Amqp.Links;
using Posthorn.Amqp.Performatives;

namespace Posthorn.Amqp.Sessions;

/// <summary>What a peer sends in a session: the window it has for that (AMQP 1.0 §2.5.6), and the deliveries that are not settled.</summary>
internal sealed class IncomingTransfers(AmqpSession session, uint nextId)
{
    private readonly Dictionary<uint, IncomingDelivery> _unsettled = [];
    private int _window = session.Limits.SessionWindow;

    /// <summary>The transfer-id expected next.</summary>
    public uint NextId { get; private set; } = nextId;

    /// <summary>Counts a transfer frame.</summary>
    public void Count()
    {
        if (_window == 0) throw new AmqpException(new(ErrorCondition.WindowViolation, "The session's window is closed."), ErrorScope.Session);
        _window--;
        NextId++;
    }

    /// <summary>Opens the window all the way, and says how wide it is then.</summary>
    public uint Open() => (uint)(_window = session.Limits.SessionWindow);

    /// <summary>Tells the peer of a wider window once half of it is used.</summary>
    public void Replenish()
    {
        if (_window <= session.Limits.SessionWindow / 2) session.WriteFlow();
    }

    /// <summary>Remembers a delivery until it is settled.</summary>
    public void Add(IncomingDelivery delivery)
    {
        if (!_unsettled.TryAdd(delivery.Id, delivery)) throw AmqpException.NotAllowed($"The delivery {delivery.Id} isn't settled yet.", ErrorScope.Session);
    }

    public void Remove(IncomingDelivery delivery)
    {
        if (_unsettled.TryGetValue(delivery.Id, out var known) && known == delivery) _unsettled.Remove(delivery.Id);
    }

    /// <summary>Forgets the deliveries of a link that is gone.</summary>
    public void RemoveAll(ReceivingLink link)
    {
        foreach (var delivery in _unsettled.Values.Where(delivery => delivery.Link == link).ToArray()) _unsettled.Remove(delivery.Id);
    }

    /// <summary>The sender says what it thinks of its deliveries; settled ones it has forgotten (§2.6.12).</summary>
    public void Take(Disposition disposition)
    {
        if (!disposition.Settled) return;
        foreach (var delivery in DeliveryRange.Of(_unsettled, disposition))
        {
            _unsettled.Remove(delivery.Id);
            delivery.SettledByPeer();
        }
    }
}
