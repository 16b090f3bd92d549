using System.IO.Pipelines;
using Posthorn.Amqp.Framing;
using Posthorn.Amqp.Links;
using Posthorn.Amqp.Performatives;
using Posthorn.Amqp.Sessions;
using Posthorn.Amqp.Types;

namespace Posthorn.Amqp.Connections;

/// <summary>
/// One peer's connection (AMQP 1.0 §2.4). Its state, that of its sessions and links included, is guarded by one lock; what is done
/// under it never waits. The host is called outside it.
/// </summary>
#pragma warning disable CA1001 // What it owns ends with RunAsync, and the host may hold it longer.
public sealed partial class AmqpConnection
#pragma warning restore CA1001
{
    private const ushort NoSession = 0; // The channel of what belongs to no session.
    private readonly CancellationTokenSource _ended = new();
    private readonly Dictionary<ushort, AmqpSession> _sessions = [];
    private readonly List<AmqpSession> _withDispositions = [];
    private readonly IDuplexPipe _transport;
    private readonly Heartbeat _heartbeat;
    private readonly FrameInput _input;
    private SaslDialog? _sasl;
    private AmqpError? _error;
    private ushort _channelMax;
    private bool _isReading;

    internal AmqpConnection(IDuplexPipe transport, IAmqpContainer container, AmqpOptions options, TimeProvider clock, long id)
    {
        (_transport, Container, Options, Id) = (transport, container, options, id);
        _input = new(AmqpLimits.MinMaxFrameSize);
        Ended = _ended.Token;
        Notices = new(Gate);
        Intake = new(options.Limits);
        Output = new(transport.Output, Gate, options.Limits, clock) { BeforeSending = WriteDispositions, Sent = OnSent };
        _heartbeat = new(this, clock);
    }

    /// <summary>Which connection of the listener it is, from 1.</summary>
    public long Id { get; }

    /// <summary>The name of the peer's container; empty before it was opened.</summary>
    public string RemoteContainerId { get; private set; } = "";

    /// <summary>The host the peer means; null when it doesn't say.</summary>
    public string? Hostname { get; private set; }

    /// <summary>The properties of the peer's open; null when there are none.</summary>
    public AmqpMap? Properties { get; private set; }

    /// <summary>What SASL established; null when it wasn't spoken.</summary>
    public SaslCredentials? Credentials { get; private set; }

    /// <summary>Whatever the host keeps with the connection.</summary>
    public object? Tag { get; set; }

    /// <summary>Ends with the connection.</summary>
    public CancellationToken Ended { get; }

    internal Lock Gate { get; } = new();

    internal AmqpOptions Options { get; }

    internal IAmqpContainer Container { get; }

    internal FrameOutput Output { get; }

    internal Notices Notices { get; }

    internal Intake Intake { get; }

    internal ConnectionState State { get; private set; }

    internal int LinkCount { get; set; }

    /// <summary>Whether a session or a link is to be told when there is room in the output.</summary>
    internal bool IsRoomWanted { get; set; }

    /// <summary>Closes the connection (§2.4.3); nothing more is sent on it. Safe to call again.</summary>
    /// <param name="error">Why; null when nothing is wrong.</param>
    public void Close(AmqpError? error)
    {
        lock (Gate)
        {
            if (State is ConnectionState.Closing or ConnectionState.Ended) return;
            _error ??= error;
            EndSessions(error);
            WriteDispositions();
            State = ConnectionState.Closing;
            WriteClose(error);
            Output.Wake();
            Intake.End();
        }
    }

    /// <summary>
    /// The link on which the peer receives from one address what is meant for another: where the reply to a request goes. Clients in wide
    /// use give such a link no target, and its name as the reply-to, or give none at all; then the only link from there is meant. Null when there is none.
    /// </summary>
    /// <param name="source">The address of the node that was asked.</param>
    /// <param name="target">The request's reply-to; null when there is none.</param>
    public SendingLink? FindSendingLink(string source, string? target)
    {
        lock (Gate)
        {
            var links = _sessions.Values.SelectMany(session => session.Links).OfType<SendingLink>()
                .Where(link => link.IsAttached && string.Equals(link.Source?.Address, source, StringComparison.Ordinal)).ToList();
            return links.Find(link => target is not null && string.Equals(link.Target?.Address, target, StringComparison.Ordinal))
                ?? links.Find(link => string.Equals(link.Name, target, StringComparison.Ordinal))
                ?? (links is [var only] && (target is null || only.Target?.Address is null) ? only : null);
        }
    }

    internal void Fault(Exception fault)
    {
        lock (Gate) Notices.Add(new FaultNotice(this, fault));
        Close(new(ErrorCondition.InternalError, "The server met an error of its own."));
    }

    /// <summary>Ends the connection without a word.</summary>
    internal void Abort()
    {
        _ = _ended.CancelAsync(); // Who listens to it is not called under the lock.
    }

    /// <summary>Ends a frame; after our close it isn't sent, and one the peer wouldn't take is the connection's end (§2.8.15).</summary>
    internal void EndFrame()
    {
        if (State is ConnectionState.Closing or ConnectionState.Ended) Output.Frames.Cancel();
        else if (!Output.Frames.End()) Close(new(ErrorCondition.FrameSizeTooSmall, "What is to be said doesn't fit the peer's frames."));
    }

    internal void Remove(AmqpSession session) => _sessions.Remove(session.RemoteChannel);

    /// <summary>Remembers that a session has dispositions to write before the next flush.</summary>
    internal void WriteLater(AmqpSession session)
    {
        _withDispositions.Add(session);
        WakeOutput();
    }

    /// <summary>Sends what was written, once all that came was read.</summary>
    internal void WakeOutput()
    {
        if (!_isReading) Output.Wake();
    }

    internal Link? FindLink(string name, Role role) => _sessions.Values.SelectMany(session => session.Links).FirstOrDefault(link => link.Is(name, role));

    private void WriteDispositions()
    {
        foreach (var session in _withDispositions) session.WriteDispositions();
        _withDispositions.Clear();
    }

    /// <summary>What waited for room may go on.</summary>
    private void OnSent()
    {
        lock (Gate)
        {
            if (Output.IsFull || !IsRoomWanted) return;
            IsRoomWanted = false;
            foreach (var session in _sessions.Values) session.OnRoom();
        }

        _ = Notices.DeliverAsync();
    }

    private void EndSessions(AmqpError? error)
    {
        foreach (var session in _sessions.Values.ToArray()) session.Dismiss(error);
        _sessions.Clear();
    }
}
