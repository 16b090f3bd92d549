using Posthorn.Amqp.Messages;
using Posthorn.Amqp.Performatives;
using Posthorn.Amqp.Sessions;
using Posthorn.Amqp.Types;

namespace Posthorn.Amqp.Links;

/// <summary>A link on which the peer sends (AMQP 1.0 §2.6.7): we give it credit, put its messages together and hand them over.</summary>
#pragma warning disable CA1001 // What it owns ends with the link.
public sealed class ReceivingLink : Link
#pragma warning restore CA1001
{
    private readonly AmqpBuffer _parts = new();
    private IncomingDelivery? _begun;
    private int _window;
    private int _credit;
    private int _inHand;
    private uint _deliveryCount;
    private bool _isTooLarge;

    internal ReceivingLink(AmqpSession session, Attach attach, uint handle) : base(session, attach, handle) => _deliveryCount = InitialDeliveryCount;

    /// <summary>The largest message it takes, in bytes.</summary>
    public int MaxMessageSize { get; private set; }

    internal IReceivingLinkHandler? Handler { get; private set; }

    /// <summary>Changes how many messages may be on their way or in the handler's hands.</summary>
    public void SetCredit(int credit)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(credit);
        lock (Connection.Gate)
        {
            _window = credit;
            _credit = Math.Max(credit - _inHand, 0);
            if (IsAttached) WriteFlow();
        }
    }

    internal override void TakeFlow(Flow flow)
    {
        if (!IsAttached) return;
        if (flow.DeliveryCount is { } count) Skip(count - _deliveryCount);
        if (flow.Echo) WriteFlow();
        Replenish();
    }

    /// <summary>Takes a frame of a message (§2.6.14).</summary>
    internal void TakeTransfer(in Transfer transfer, ReadOnlySpan<byte> payload)
    {
        if (State == LinkState.Attaching) throw AmqpException.NotAllowed("The link isn't attached yet.", ErrorScope.Session);
        if (State != LinkState.Attached) return;
        if (_begun is null ? !TryBegin(transfer) : !Continues(transfer)) return;
        if (transfer.Aborted) Abandon();
        else if (_isTooLarge || payload.Length + _parts.Length > MaxMessageSize) PassOver(transfer.More);
        else if (transfer.More) Keep(payload);
        else Finish(payload);
    }

    /// <summary>The host is done with a message.</summary>
    internal void OnDone()
    {
        _inHand--;
        if (IsAttached) Replenish();
    }

    private protected override bool Accept(AttachReply reply)
    {
        MaxMessageSize = Session.Limits.MaxMessageSize;
        _window = 100;
        if (reply is AttachReply.Coordinate coordinate) Handler = new CoordinatorHandler(coordinate.Coordinator);
        if (reply is not AttachReply.Receive receive) return reply is AttachReply.Coordinate;
        (Handler, _window, ReceiverSettleMode) = (receive.Handler, receive.Credit, receive.ReceiverSettleMode ?? ReceiverSettleMode);
        if (receive.MaxMessageSize > 0) MaxMessageSize = Math.Min(receive.MaxMessageSize, MaxMessageSize);
        return true;
    }

    private protected override Attach Complete(Attach attach) => attach with { MaxMessageSize = (ulong)MaxMessageSize };

    private protected override void OnAttached()
    {
        Connection.Notices.Add(new LinkNotice(this, () => Handler?.OnAttached(this)));
        Replenish();
    }

    private protected override void OnDismissed(AmqpError? error)
    {
        Abandon();
        _parts.Dispose();
        Session.Incoming.RemoveAll(this);
        Connection.Notices.Add(new LinkNotice(this, () => Handler?.OnClosed(this, error)));
    }

    private bool TryBegin(in Transfer transfer)
    {
        if (transfer.DeliveryId is not { } id) throw AmqpException.Missing("delivery-id");
        if (!transfer.HasTag) throw AmqpException.Missing("delivery-tag");
        if (_credit == 0) Detach(new(ErrorCondition.TransferLimitExceeded, "There is no credit."));
        else if (transfer.Resume) Detach(new(ErrorCondition.NotImplemented, "Deliveries are not resumed here."));
        if (!IsAttached) return false;
        _credit--;
        _deliveryCount++;
        _begun = new(this, id, transfer.DeliveryTag.ToArray(), transfer.MessageFormat ?? 0);
        Note(_begun, transfer);
        return true;
    }

    /// <summary>Whether a frame belongs to the message that was begun: another one may not begin before its end (§2.6.14).</summary>
    private bool Continues(in Transfer transfer)
    {
        var same = _begun is { } begun && (transfer.DeliveryId ?? begun.Id) == begun.Id && (!transfer.HasTag || transfer.DeliveryTag.SequenceEqual(begun.Tag.Span))
            && (transfer.MessageFormat ?? begun.MessageFormat) == begun.MessageFormat;
        if (!same) Detach(new(ErrorCondition.NotAllowed, "A message begins before the one before it has ended."));
        else if (_begun is not null) Note(_begun, transfer);
        return same;
    }

    /// <summary>A delivery is settled when one of its frames says so (§2.7.5).</summary>
    private void Note(IncomingDelivery delivery, in Transfer transfer)
    {
        delivery.IsSettled |= transfer.Settled ?? SenderSettleMode == SenderSettleMode.Settled;
        delivery.State ??= transfer.State;
    }

    /// <summary>
    /// Takes the rest of a message that is too large, without keeping it, and rejects it: a client that sent it unsettled waits for its
    /// outcome, and its other messages may go on. One that did not ask what became of it is told by a detach (§2.7.3).
    /// </summary>
    private void PassOver(bool more)
    {
        Connection.Intake.Forget(_parts.Length);
        _parts.Clear();
        _isTooLarge = more;
        if (more || _begun is not { } delivery) return;
        var error = new AmqpError(ErrorCondition.MessageSizeExceeded, $"The received message exceeds the limit ({MaxMessageSize} bytes) currently allowed on the link.");
        _begun = null;
        _inHand++;
        if (!delivery.IsSettled) Session.Incoming.Add(delivery);
        delivery.Settle(new DeliveryState.Rejected(error));
        if (delivery.IsSettled) Detach(error);
    }

    private void Keep(ReadOnlySpan<byte> payload)
    {
        Connection.Intake.Begin(payload.Length);
        _parts.Write(payload);
    }

    private void Finish(ReadOnlySpan<byte> payload)
    {
        if (_begun is not { } delivery) return;
        byte[] encoded = [.. _parts.Written, .. payload];
        EndParts();
        if (!delivery.IsSettled) Session.Incoming.Add(delivery);
        _inHand++;
        Connection.Intake.HandOver(encoded.Length);
        delivery.Size = encoded.Length;
        if (TryRead(delivery, encoded)) Connection.Notices.Add(delivery);
    }

    /// <summary>Reads the message; bytes that are none are rejected, or end the link when the peer doesn't ask what became of them.</summary>
    private bool TryRead(IncomingDelivery delivery, byte[] encoded)
    {
        try
        {
            delivery.Message = AmqpMessage.Read(encoded, Session.Limits);
            return true;
        }
        catch (AmqpException error)
        {
            delivery.Settle(new DeliveryState.Rejected(error.Error));
            if (delivery.IsSettled) Detach(error.Error);
            return false;
        }
    }

    private void Abandon()
    {
        EndParts();
        if (IsAttached) Replenish();
    }

    private void EndParts()
    {
        Connection.Intake.Forget(_parts.Length);
        _parts.Clear();
        (_begun, _isTooLarge) = (null, false);
    }

    /// <summary>The sender has used credit without sending: it was drained, or had nothing.</summary>
    private void Skip(uint count)
    {
        if (count > (uint)_credit) return;
        _credit -= (int)count;
        _deliveryCount += count;
    }

    /// <summary>Gives credit once half of the window may be given.</summary>
    private void Replenish()
    {
        var free = _window - _inHand;
        if (free - _credit < Math.Max(1, _window / 2)) return;
        _credit = free;
        WriteFlow();
    }

    private void WriteFlow() => Session.WriteFlow(new Flow { Handle = Handle, DeliveryCount = _deliveryCount, LinkCredit = (uint)_credit });
}
