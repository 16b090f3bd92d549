using Posthorn.Amqp.Connections;
using Posthorn.Amqp.Links;
using Posthorn.Amqp.Performatives;
using Posthorn.Amqp.Types;

namespace Posthorn.Amqp.Sessions;

/// <summary>A conversation within a connection (AMQP 1.0 §2.5): its links, and the windows that bound what is on the way both ways.</summary>
public sealed class AmqpSession
{
    private readonly Dictionary<uint, Link> _links = [];
    private readonly List<Link?> _handles = [];
    private readonly uint _handleMax;
    private bool _isEnding;

    internal AmqpSession(AmqpConnection connection, ushort channel, Begin begin)
    {
        (Connection, RemoteChannel) = (connection, channel);
        _handleMax = Math.Min(begin.HandleMax, (uint)Limits.MaxLinks - 1);
        Incoming = new(this, begin.NextOutgoingId);
        Outgoing = new(this, begin.IncomingWindow);
        Dispositions = new(this);
        WriteBegin();
    }

    /// <summary>The connection it is part of.</summary>
    public AmqpConnection Connection { get; }

    /// <summary>The channel it has on both sides.</summary>
    public ushort RemoteChannel { get; }

    internal IEnumerable<Link> Links => _links.Values;

    internal AmqpLimits Limits => Connection.Options.Limits;

    internal IncomingTransfers Incoming { get; }

    internal OutgoingTransfers Outgoing { get; }

    internal DispositionRun Dispositions { get; }

    /// <summary>Ends the session (§2.5.2), and every link of it.</summary>
    /// <param name="error">Why; null when nothing is wrong.</param>
    public void End(AmqpError? error)
    {
        lock (Connection.Gate)
        {
            if (_isEnding) return;
            Dismiss(error);
            WriteEnd(error);
        }
    }

    /// <summary>Takes a frame of the peer's; after our end they are not for anybody (§2.5.5).</summary>
    internal void Take(Descriptor descriptor, ref AmqpReader reader)
    {
        if (descriptor == Descriptor.End) TakeEnd(Ending.Read(ref reader));
        else if (!_isEnding) TryTake(descriptor, ref reader);
    }

    /// <summary>Tells every link that it is over.</summary>
    internal void Dismiss(AmqpError? error)
    {
        _isEnding = true;
        foreach (var link in _links.Values.ToArray()) link.Dismiss(error);
        Connection.LinkCount -= _links.Count;
        _links.Clear();
    }

    internal void WriteDispositions() => Dispositions.Flush();

    /// <summary>There is room in the output again.</summary>
    internal void OnRoom()
    {
        Outgoing.SendPending();
        foreach (var link in _links.Values)
        {
            if (link is SendingLink { IsWaiting: true } sending) sending.BecomeReady();
        }
    }

    /// <summary>Begins a frame of this session's, after what is to be said before it.</summary>
    internal AmqpWriter StartFrame()
    {
        Dispositions.Write();
        return Connection.Output.Frames.Start(RemoteChannel);
    }

    internal void EndFrame()
    {
        Connection.EndFrame();
        Connection.WakeOutput();
    }

    /// <summary>Says how far the session is; with a link's state when a link is given (§2.7.4).</summary>
    internal void WriteFlow(Flow link = default)
    {
        (link with
        {
            NextIncomingId = Incoming.NextId,
            IncomingWindow = Incoming.Open(),
            NextOutgoingId = Outgoing.NextId,
            OutgoingWindow = int.MaxValue,
        }).Write(StartFrame());
        EndFrame();
    }

    internal void Remove(Link link)
    {
        _links.Remove(link.RemoteHandle);
        _handles[(int)link.Handle] = null;
        Connection.LinkCount--;
    }

    private void TryTake(Descriptor descriptor, ref AmqpReader reader)
    {
        try
        {
            TakeFrame(descriptor, ref reader);
        }
        catch (AmqpException error) when (error.Scope == ErrorScope.Session)
        {
            End(error.Error);
        }
    }

    private void TakeFrame(Descriptor descriptor, ref AmqpReader reader)
    {
        switch (descriptor)
        {
            case Descriptor.Attach:
                TakeAttach(Attach.Read(ref reader));
                break;
            case Descriptor.Flow:
                TakeFlow(Flow.Read(ref reader));
                break;
            case Descriptor.Transfer:
                TakeTransfer(Transfer.Read(ref reader), reader.Rest);
                break;
            case Descriptor.Disposition:
                TakeDisposition(Disposition.Read(ref reader));
                break;
            case Descriptor.Detach:
                TakeDetach(Detach.Read(ref reader));
                break;
            default:
                throw AmqpException.Decode("A session has no such frame.");
        }
    }

    /// <summary>Takes an attach (§2.6.3): the host decides, and until it has the link takes flows and a detach only.</summary>
    private void TakeAttach(Attach attach)
    {
        if (attach.Handle >= (uint)Limits.MaxLinks) throw AmqpException.Framing($"The handle {attach.Handle} is above the maximum of {Limits.MaxLinks - 1}."); // §2.7.2
        if (_links.ContainsKey(attach.Handle)) throw Error(ErrorCondition.HandleInUse, $"The handle {attach.Handle} has a link.");
        if (Connection.LinkCount >= Limits.MaxLinksPerConnection) throw AmqpException.TooMuch($"A connection has at most {Limits.MaxLinksPerConnection} links.", ErrorScope.Session);
        if (attach is { Role: Role.Receiver, Coordinator: not null }) throw AmqpException.Invalid("Nothing is received from a coordinator.", ErrorScope.Session); // §4.5.1
        Connection.FindLink(attach.Name, attach.Role)?.Detach(new(ErrorCondition.Stolen, "The link was attached anew.")); // §2.6.1
        var handle = FreeHandle();
        Link link = attach.Role == Role.Sender ? new ReceivingLink(this, attach, handle) : new SendingLink(this, attach, handle);
        _links.Add(attach.Handle, link);
        _handles[(int)handle] = link;
        Connection.LinkCount++;
        Connection.Notices.Add(new AttachNotice(link, new AttachRequest(this, attach)), isUrgent: true);
    }

    private uint FreeHandle()
    {
        var free = _handles.IndexOf(null);
        if (free >= 0) return (uint)free;
        if ((uint)_handles.Count > _handleMax) throw AmqpException.TooMuch("The peer takes no more handles.", ErrorScope.Session);
        _handles.Add(null);
        return (uint)_handles.Count - 1;
    }

    private void TakeFlow(Flow flow)
    {
        Outgoing.TakeWindow(flow);
        if (flow.Handle is { } handle) Find(handle).TakeFlow(flow);
        else if (flow.Echo) WriteFlow();
        OnRoom();
    }

    private void TakeTransfer(in Transfer transfer, ReadOnlySpan<byte> payload)
    {
        Incoming.Count();
        if (Find(transfer.Handle) is not ReceivingLink link) throw AmqpException.NotAllowed("A receiver sends no transfers.", ErrorScope.Session);
        link.TakeTransfer(transfer, payload);
        Incoming.Replenish();
    }

    private void TakeDisposition(Disposition disposition)
    {
        if (disposition.Last - disposition.First > int.MaxValue) throw AmqpException.Invalid("A range of deliveries ends before it begins.", ErrorScope.Session);
        if (disposition.Role == Role.Receiver) Outgoing.Take(disposition);
        else Incoming.Take(disposition);
    }

    private void TakeDetach(Detach detach) => Find(detach.Handle).TakeDetach(detach);

    private Link Find(uint handle) =>
        _links.TryGetValue(handle, out var link) ? link : throw Error(ErrorCondition.UnattachedHandle, $"There is no link on handle {handle}.");

    private static AmqpException Error(string condition, string description) => new(new(condition, description), ErrorScope.Session);

    private void TakeEnd(AmqpError? error)
    {
        if (!_isEnding)
        {
            Dismiss(error);
            WriteEnd(null);
        }

        Connection.Remove(this);
    }

    private void WriteBegin()
    {
        new Begin
        {
            RemoteChannel = RemoteChannel,
            IncomingWindow = (uint)Limits.SessionWindow,
            OutgoingWindow = int.MaxValue,
            HandleMax = (uint)Limits.MaxLinks - 1,
        }.Write(StartFrame());
        EndFrame();
    }

    private void WriteEnd(AmqpError? error)
    {
        Ending.Write(StartFrame(), Descriptor.End, error);
        EndFrame();
    }
}
