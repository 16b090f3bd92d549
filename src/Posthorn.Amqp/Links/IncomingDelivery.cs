using Posthorn.Amqp.Connections;
using Posthorn.Amqp.Messages;
using Posthorn.Amqp.Performatives;

namespace Posthorn.Amqp.Links;

/// <summary>A message that came, and what becomes of it (AMQP 1.0 §2.6.12).</summary>
public sealed class IncomingDelivery : INotice
{
    private AmqpMessage? _message;
    private DeliveryProgress _progress;

    internal IncomingDelivery(ReceivingLink link, uint id, ReadOnlyMemory<byte> tag, uint messageFormat) => (Link, Id, Tag, MessageFormat) = (link, id, tag, messageFormat);

    private enum DeliveryProgress
    {
        InHand,
        Said,
        Over,
    }

    /// <summary>The link it came on.</summary>
    public ReceivingLink Link { get; }

    /// <summary>What the sender knows it by.</summary>
    public ReadOnlyMemory<byte> Tag { get; }

    /// <summary>The format of the message (§2.8.11); 0 for the one the specification has.</summary>
    public uint MessageFormat { get; }

    /// <summary>Whether the sender has settled it, and doesn't ask what became of it.</summary>
    public bool IsSettled { get; internal set; }

    /// <summary>What the sender says of it: a <see cref="DeliveryState.Transactional"/> when it belongs to a transaction; mostly null.</summary>
    public DeliveryState? State { get; internal set; }

    /// <summary>The message; its bytes are its own and may be kept.</summary>
    public AmqpMessage Message
    {
        get => _message ?? throw new InvalidOperationException("The message hasn't all come.");
        internal set => _message = value;
    }

    internal uint Id { get; }

    internal int Size { get; set; }

    /// <summary>
    /// Says what became of it; from any thread. To be called once for every message, settled ones too: it is what gives the sender
    /// credit again.
    /// </summary>
    public void Settle(DeliveryState state)
    {
        lock (Link.Connection.Gate)
        {
            if (_progress != DeliveryProgress.InHand) return;
            Link.Connection.Intake.GiveBack(Size);
            if (!IsSettled && Link.IsAttached) Say(state);
            else Finish();
        }
    }

    void INotice.Deliver() => Link.Handler?.OnMessage(this);

    void INotice.Fail(Exception fault) => Link.Fault(fault);

    /// <summary>The sender has forgotten it.</summary>
    internal void SettledByPeer()
    {
        IsSettled = true;
        if (_progress == DeliveryProgress.Said) Finish();
    }

    /// <summary>Says it; if the sender is to settle first, the delivery stays known until it does (§2.6.12).</summary>
    private void Say(DeliveryState state)
    {
        var settles = Link.ReceiverSettleMode == ReceiverSettleMode.First;
        Link.Session.Dispositions.Add(new(Role.Receiver, Id, Id, settles, state));
        _progress = DeliveryProgress.Said;
        if (!settles) return;
        Link.Session.Incoming.Remove(this);
        Finish();
    }

    private void Finish()
    {
        if (_progress == DeliveryProgress.InHand && !IsSettled) Link.Session.Incoming.Remove(this);
        _progress = DeliveryProgress.Over;
        Link.OnDone();
    }
}
