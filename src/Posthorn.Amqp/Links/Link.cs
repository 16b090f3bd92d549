using Posthorn.Amqp.Connections;
using Posthorn.Amqp.Performatives;
using Posthorn.Amqp.Sessions;

namespace Posthorn.Amqp.Links;

/// <summary>One way for messages between a node here and the peer (AMQP 1.0 §2.6).</summary>
#pragma warning disable CA1001 // It is cancelled, never waited on by a handle.
public abstract class Link
#pragma warning restore CA1001
{
    private readonly CancellationTokenSource _ended = new();
    private readonly Attach _attach;

    private protected Link(AmqpSession session, Attach attach, uint handle)
    {
        (Session, _attach, Handle) = (session, attach, handle);
        (Source, Target, ReceiverSettleMode) = (attach.Source, attach.Target, attach.ReceiverSettleMode);
        Ended = _ended.Token;
    }

    /// <summary>The session it is attached to.</summary>
    public AmqpSession Session { get; }

    /// <summary>The connection.</summary>
    public AmqpConnection Connection => Session.Connection;

    /// <summary>Its name.</summary>
    public string Name => _attach.Name;

    /// <summary>Where the messages come from.</summary>
    public Source? Source { get; private set; }

    /// <summary>Where the messages go.</summary>
    public Target? Target { get; private set; }

    /// <summary>Which end settles first.</summary>
    public ReceiverSettleMode ReceiverSettleMode { get; private protected set; }

    /// <summary>Whether messages are sent settled.</summary>
    public SenderSettleMode SenderSettleMode => _attach.SenderSettleMode;

    /// <summary>Whether both ends are attached.</summary>
    public bool IsAttached => State == LinkState.Attached;

    /// <summary>Ends with the link.</summary>
    public CancellationToken Ended { get; }

    /// <summary>Whatever the host keeps with the link.</summary>
    public object? Tag { get; set; }

    internal uint RemoteHandle => _attach.Handle;

    internal uint Handle { get; }

    internal LinkState State { get; private set; }

    internal ulong RemoteMaxMessageSize => _attach.MaxMessageSize;

    /// <summary>A sender must say it (§2.7.3); clients in wide use don't, and mean 0.</summary>
    private protected uint InitialDeliveryCount => _attach.InitialDeliveryCount ?? 0;

    /// <summary>Ends the link (§2.6.4). Safe to call again.</summary>
    /// <param name="error">Why; null when nothing is wrong.</param>
    public void Detach(AmqpError? error)
    {
        lock (Connection.Gate)
        {
            if (State == LinkState.Attached) Leave(error);
            else if (State == LinkState.Attaching) Answer(new AttachReply.Refuse(error ?? new(ErrorCondition.DetachForced)));
        }
    }

    internal bool Is(string name, Role role) => State < LinkState.Detaching && _attach.Role == role && string.Equals(Name, name, StringComparison.Ordinal);

    /// <summary>Answers the attach as the host decided.</summary>
    internal void Answer(AttachReply reply)
    {
        if (State != LinkState.Attaching) return;
        if (reply is AttachReply.Refuse(var error))
        {
            WriteAttach(null);
            State = LinkState.Detaching;
            WriteDetach(closed: true, error);
            return;
        }

        (Source, Target) = (reply.Source ?? Source, reply.Target ?? Target);
        if (!Accept(reply)) throw new InvalidOperationException($"{reply.GetType().Name} is no answer to a peer that is the {_attach.Role}.");
        WriteAttach(reply);
        State = LinkState.Attached;
        OnAttached();
    }

    internal abstract void TakeFlow(Flow flow);

    /// <summary>The peer detaches; links are not resumed here, so for us they are closed (§2.6.4, §2.6.6).</summary>
    internal void TakeDetach(Detach detach)
    {
        if (State == LinkState.Attaching) WriteAttach(null);
        if (State != LinkState.Detaching) WriteDetach(detach.Closed, null);
        Session.Remove(this);
        Dismiss(detach.Error);
    }

    /// <summary>The link is over: nothing more is written for it.</summary>
    internal void Dismiss(AmqpError? error)
    {
        var wasAttached = State == LinkState.Attached;
        State = LinkState.Detached;
        _ = _ended.CancelAsync();
        if (wasAttached) OnDismissed(error);
    }

    internal void Fault(Exception fault)
    {
        lock (Connection.Gate) Detach(new(ErrorCondition.InternalError, "The server met an error of its own."));
        Connection.Container.OnFault(Connection, fault);
    }

    private protected abstract bool Accept(AttachReply reply);

    private protected abstract void OnAttached();

    private protected abstract void OnDismissed(AmqpError? error);

    /// <summary>What only one of the two ends says in its attach.</summary>
    private protected abstract Attach Complete(Attach attach);

    private void Leave(AmqpError? error)
    {
        State = LinkState.Detaching;
        WriteDetach(closed: true, error);
        _ = _ended.CancelAsync();
        OnDismissed(error);
    }

    /// <summary>Writes our attach; one without the terminus that would be ours refuses the link (§2.6.3).</summary>
    private void WriteAttach(AttachReply? reply)
    {
        var isReceiver = _attach.Role == Role.Sender;
        Complete(new Attach
        {
            Name = Name,
            Handle = Handle,
            Role = isReceiver ? Role.Receiver : Role.Sender,
            SenderSettleMode = SenderSettleMode,
            ReceiverSettleMode = ReceiverSettleMode,
            Source = reply is null && !isReceiver ? null : Source,
            Target = reply is null && isReceiver ? null : Target,
            Coordinator = reply is null ? null : _attach.Coordinator,
            OfferedCapabilities = reply?.OfferedCapabilities ?? [],
            Properties = reply?.Properties,
        }).Write(Session.StartFrame());
        Session.EndFrame();
    }

    private void WriteDetach(bool closed, AmqpError? error)
    {
        new Detach(Handle, closed, error).Write(Session.StartFrame());
        Session.EndFrame();
    }
}
