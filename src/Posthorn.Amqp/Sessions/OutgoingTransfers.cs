using Posthorn.Amqp.Connections;
using Posthorn.Amqp.Links;
using Posthorn.Amqp.Performatives;

namespace Posthorn.Amqp.Sessions;

/// <summary>
/// What we send in a session: within the window the peer has opened (AMQP 1.0 §2.5.6), in frames it can take, and the deliveries it
/// has not settled. What the window doesn't let through waits, one message at most.
/// </summary>
internal sealed class OutgoingTransfers(AmqpSession session, uint remoteWindow)
{
    private readonly Dictionary<uint, OutgoingDelivery> _unsettled = [];
    private uint _window = remoteWindow;
    private uint _nextDelivery;
    private OutgoingDelivery? _pending;
    private ReadOnlyMemory<byte> _rest;

    /// <summary>The transfer-id of the next frame.</summary>
    public uint NextId { get; private set; }

    /// <summary>Whether another message may be sent now.</summary>
    public bool IsOpen => _window > 0 && _pending is null && !session.Connection.Output.IsFull;

    /// <summary>Takes the peer's window out of a flow.</summary>
    public void TakeWindow(Flow flow)
    {
        var onTheWay = NextId - (flow.NextIncomingId ?? 0); // What the peer hadn't seen when it wrote this.
        _window = onTheWay > flow.IncomingWindow ? 0 : flow.IncomingWindow - onTheWay;
        SendPending();
    }

    /// <summary>Sends a message, or begins to.</summary>
    public void Send(OutgoingDelivery delivery, ReadOnlySpan<byte> message)
    {
        delivery.Id = _nextDelivery++;
        if (!delivery.IsSettled) _unsettled.Add(delivery.Id, delivery);
        var sent = Write(delivery, message, isFirst: true);
        if (sent < 0) return;
        _pending = delivery;
        _rest = message[sent..].ToArray();
    }

    /// <summary>Goes on with the message that waits, as far as the window allows.</summary>
    public void SendPending()
    {
        if (_pending is not { } delivery) return;
        session.Connection.IsRoomWanted |= session.Connection.Output.IsFull;
        if (_window == 0 || session.Connection.Output.IsFull) return;
        var sent = Write(delivery, _rest.Span, isFirst: false);
        if (sent < 0) Forget();
        else _rest = _rest[sent..];
    }

    public void Remove(OutgoingDelivery delivery)
    {
        if (_unsettled.Remove(delivery.Id)) delivery.Link.UnsettledCount--;
    }

    /// <summary>The receiver says something of what it got (§2.6.12).</summary>
    public void Take(Disposition disposition)
    {
        foreach (var delivery in DeliveryRange.Of(_unsettled, disposition))
        {
            if (disposition.Settled) Remove(delivery);
            session.Connection.Notices.Add(new DispositionNotice(delivery, disposition.State, disposition.Settled));
            if (delivery.Link.IsWaiting) delivery.Link.BecomeReady();
        }
    }

    /// <summary>Forgets the deliveries of a link that is gone, and gives them.</summary>
    public IReadOnlyList<OutgoingDelivery> RemoveAll(SendingLink link)
    {
        if (_pending?.Link == link) Forget();
        OutgoingDelivery[] gone = [.. _unsettled.Values.Where(delivery => delivery.Link == link).OrderBy(delivery => delivery.Id)];
        foreach (var delivery in gone) Remove(delivery);
        return gone;
    }

    private void Forget() => (_pending, _rest) = (null, default);

    /// <summary>Writes frames until the message or the window ends: -1 for the message, otherwise how many bytes were sent.</summary>
    private int Write(OutgoingDelivery delivery, ReadOnlySpan<byte> message, bool isFirst)
    {
        var sent = 0;
        while (_window > 0 && session.Connection.State is ConnectionState.Open)
        {
            var part = WriteFrame(delivery, message[sent..], isFirst);
            if (part < 0) return -1;
            sent += part;
            isFirst = false;
            _window--;
            NextId++;
            if (sent == message.Length) return -1;
        }

        return sent;
    }

    private int WriteFrame(OutgoingDelivery delivery, ReadOnlySpan<byte> rest, bool isFirst)
    {
        var frames = session.Connection.Output.Frames;
        Performative(delivery, isFirst, more: false);
        var length = rest.Length;
        if (frames.Room < length)
        {
            frames.Cancel();
            Performative(delivery, isFirst, more: true);
            length = Math.Max(frames.Room, 0); // A transfer without its message takes less than the smallest frame.
        }

        frames.Body.Raw(rest[..length]);
        session.EndFrame();
        return length > 0 || rest.IsEmpty ? length : -1;
    }

    private void Performative(OutgoingDelivery delivery, bool isFirst, bool more) => new Transfer
    {
        Handle = delivery.Link.Handle,
        DeliveryId = isFirst ? delivery.Id : null,
        DeliveryTag = isFirst ? delivery.Tag.Span : default,
        HasTag = isFirst,
        MessageFormat = isFirst ? delivery.MessageFormat : null,
        Settled = delivery.IsSettled,
        More = more,
    }.Write(session.StartFrame());
}
