using Posthorn.Amqp.Performatives;
using Posthorn.Amqp.Sessions;

namespace Posthorn.Amqp.Links;

/// <summary>What came of sending a message.</summary>
public enum SendResult
{
    /// <summary>It is on its way.</summary>
    Sent,

    /// <summary>The peer wants no more now; <see cref="ISendingLinkHandler.OnReady"/> tells when it does.</summary>
    NoCredit,

    /// <summary>The peer reads or settles too slowly; <see cref="ISendingLinkHandler.OnReady"/> tells when there is room.</summary>
    Busy,

    /// <summary>It is larger than what the peer takes.</summary>
    TooLarge,

    /// <summary>The link is gone.</summary>
    Detached,
}

/// <summary>A link on which the peer receives (AMQP 1.0 §2.6.7): it gives credit, and within it, and within what it can take, messages are sent.</summary>
public sealed class SendingLink : Link
{
    private ISendingLinkHandler? _handler;
    private LinkNotice? _readyNotice;
    private TaskCompletionSource? _ready;
    private uint _deliveryCount;
    private bool _isReadyQueued;

    internal SendingLink(AmqpSession session, Attach attach, uint handle) : base(session, attach, handle)
    {
    }

    /// <summary>How many messages the peer would take now.</summary>
    public uint Credit { get; private set; }

    /// <summary>Whether the peer wants what there is, and then its credit back (§2.6.7): see <see cref="Drained"/>.</summary>
    public bool IsDraining { get; private set; }

    /// <summary>When the link is closed: what was sent and never settled.</summary>
    public IReadOnlyList<OutgoingDelivery> Unsettled { get; private set; } = [];

    internal int UnsettledCount { get; set; }

    /// <summary>Whether somebody was told that it is busy.</summary>
    internal bool IsWaiting { get; private set; }

    /// <summary>Sends a message when that can be done now; from any thread. The bytes are copied.</summary>
    /// <param name="message">The encoded message.</param>
    /// <param name="tag">What it is known by, at most 32 bytes; unique among what isn't settled.</param>
    /// <param name="settled">Whether nobody is to say what became of it. What the attach agreed on comes first.</param>
    /// <param name="delivery">The delivery, when it was sent.</param>
    /// <param name="context">Whatever is to be kept with the delivery.</param>
    /// <param name="messageFormat">The format of the message.</param>
    public SendResult TrySend(ReadOnlySpan<byte> message, ReadOnlyMemory<byte> tag, bool settled, out OutgoingDelivery? delivery, object? context = null, uint messageFormat = 0)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(tag.Length, 32, nameof(tag));
        lock (Connection.Gate)
        {
            delivery = null;
            var result = Look(message.Length);
            if (result != SendResult.Sent) return result;
            Credit--;
            _deliveryCount++;
            delivery = new(this, tag, messageFormat, IsSettled(settled)) { Context = context };
            if (!delivery.IsSettled) UnsettledCount++;
            Session.Outgoing.Send(delivery, message);
            return SendResult.Sent;
        }
    }

    /// <summary>Sends a message as soon as there is credit and room.</summary>
    /// <returns>The delivery; null when the link is gone or the message is larger than the peer takes.</returns>
    public async ValueTask<OutgoingDelivery?> SendAsync(ReadOnlyMemory<byte> message, ReadOnlyMemory<byte> tag, bool settled, object? context = null, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            Task ready;
            lock (Connection.Gate)
            {
                var result = TrySend(message.Span, tag, settled, out var delivery, context);
                if (result is not (SendResult.NoCredit or SendResult.Busy)) return delivery;
                ready = (_ready ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }

            await ready.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Says that there is nothing more to send: the credit of a drain is used up (§2.6.7).</summary>
    public void Drained()
    {
        lock (Connection.Gate)
        {
            if (!IsDraining || !IsAttached) return;
            _deliveryCount += Credit;
            Credit = 0;
            WriteFlow();
            IsDraining = false;
        }
    }

    internal override void TakeFlow(Flow flow)
    {
        if (State >= LinkState.Detaching) return;
        if (flow.LinkCredit is { } credit) TakeCredit(credit, _deliveryCount - (flow.DeliveryCount ?? 0));
        IsDraining = flow.Drain;
        if (flow.Echo && IsAttached) WriteFlow();
        BecomeReady();
    }

    /// <summary>Tells the host, once, that things have changed.</summary>
    internal void BecomeReady()
    {
        IsWaiting = false;
        _ready?.TrySetResult();
        _ready = null;
        if (_isReadyQueued || !IsAttached) return;
        _isReadyQueued = true;
        Connection.Notices.Add(_readyNotice ??= new LinkNotice(this, TellReady), isUrgent: true);
    }

    internal void Tell(OutgoingDelivery delivery, DeliveryState? state, bool settled) => _handler?.OnDisposition(delivery, state, settled);

    private protected override bool Accept(AttachReply reply)
    {
        _handler = (reply as AttachReply.Send)?.Handler;
        return _handler is not null;
    }

    private protected override Attach Complete(Attach attach) => attach with { InitialDeliveryCount = 0 };

    private protected override void OnAttached()
    {
        Connection.Notices.Add(new LinkNotice(this, () => _handler?.OnAttached(this)));
        if (Credit > 0) BecomeReady();
    }

    private protected override void OnDismissed(AmqpError? error)
    {
        Unsettled = Session.Outgoing.RemoveAll(this);
        BecomeReady();
        Connection.Notices.Add(new LinkNotice(this, () => _handler?.OnClosed(this, error)));
    }

    /// <summary>What the peer gives is counted from what it had seen; what was sent meanwhile is taken off (§2.6.7).</summary>
    private void TakeCredit(uint credit, uint notSeen) => Credit = notSeen > credit ? 0 : credit - notSeen;

    private SendResult Look(int size)
    {
        if (!IsAttached) return SendResult.Detached;
        if (RemoteMaxMessageSize > 0 && (ulong)size > RemoteMaxMessageSize) return SendResult.TooLarge;
        if (Credit == 0) return SendResult.NoCredit;
        IsWaiting = !Session.Outgoing.IsOpen || UnsettledCount >= Session.Limits.MaxUnsettled;
        Connection.IsRoomWanted |= IsWaiting;
        return IsWaiting ? SendResult.Busy : SendResult.Sent;
    }

    private bool IsSettled(bool asked) => SenderSettleMode switch
    {
        SenderSettleMode.Settled => true,
        SenderSettleMode.Unsettled => false,
        _ => asked,
    };

    private void TellReady()
    {
        lock (Connection.Gate) _isReadyQueued = false;
        if (IsAttached) _handler?.OnReady(this);
    }

    private void WriteFlow() => Session.WriteFlow(new Flow { Handle = Handle, DeliveryCount = _deliveryCount, LinkCredit = Credit, Drain = IsDraining });
}
