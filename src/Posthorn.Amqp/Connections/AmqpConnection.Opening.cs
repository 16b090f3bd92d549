using Posthorn.Amqp.Framing;
using Posthorn.Amqp.Performatives;
using Posthorn.Amqp.Sessions;
using Posthorn.Amqp.Types;

namespace Posthorn.Amqp.Connections;

/// <summary>The frames of a connection: headers, SASL, open, begin and close, and those that a session takes.</summary>
public sealed partial class AmqpConnection
{
    private bool _isHeaderDone;
    private bool _isOpened;
    private bool _isDeaf;

    /// <summary>Takes a protocol header (§2.2). What isn't spoken here is answered with what is, and the connection ends.</summary>
    private void TakeHeader(byte? protocol)
    {
        var mayBeSasl = Options.Mechanisms.Count > 0;
        var needsSasl = Options.IsSaslRequired && Credentials is null;
        if (protocol == ProtocolHeader.SaslId && mayBeSasl && Credentials is null) StartSasl();
        else if (protocol == ProtocolHeader.AmqpId && !needsSasl) StartAmqp();
        else
        {
            Output.WriteHeader(needsSasl ? ProtocolHeader.Sasl : ProtocolHeader.Amqp);
            Finish();
        }
    }

    private void StartSasl()
    {
        Output.WriteHeader(ProtocolHeader.Sasl);
        _sasl = new(this, Options.Mechanisms, Output);
        _sasl.Start();
        _isHeaderDone = true;
    }

    private void StartAmqp()
    {
        Output.WriteHeader(ProtocolHeader.Amqp);
        // The specification allows an open of 512 bytes (§2.4.1); clients that tell their whole platform in it are heard out.
        _input.MaxFrameSize = Options.Limits.MaxFrameSize;
        _isHeaderDone = true;
    }

    private void TakeFrame(FrameHeader header, ReadOnlySpan<byte> body)
    {
        if (_sasl is not null)
        {
            if (header.Type != FrameHeader.SaslType) throw AmqpException.Framing("A SASL frame belongs here.");
            _sasl.Take(body);
            return;
        }

        if (header.Type != FrameHeader.AmqpType) throw AmqpException.Framing("An AMQP frame belongs here.");
        if (body.IsEmpty) return; // §2.4.5
        var reader = new AmqpReader(body, Options.Limits);
        var descriptor = reader.ReadDescriptor();
        if (State is ConnectionState.Closing && descriptor != Descriptor.Close) return; // §2.4.6
        switch (descriptor)
        {
            case Descriptor.Open:
                TakeOpen(Open.Read(ref reader));
                break;
            case Descriptor.Close:
                TakeClose(Ending.Read(ref reader));
                break;
            default:
                if (!_isOpened) throw AmqpException.NotAllowed("An open comes first.");
                TakeSessionFrame(header.Channel, descriptor, ref reader);
                break;
        }
    }

    /// <summary>Takes the peer's open (§2.7.1) and answers with ours.</summary>
    private void TakeOpen(Open open)
    {
        if (_isOpened) throw AmqpException.NotAllowed("The connection is open.");
        _isOpened = true;
        (RemoteContainerId, Hostname, Properties) = (open.ContainerId, open.Hostname, open.Properties);
        _channelMax = (ushort)Math.Min(open.ChannelMax, Options.Limits.MaxSessions - 1);
        WriteOpen();
        if (open.MaxFrameSize < AmqpLimits.MinMaxFrameSize) throw AmqpException.Invalid($"A maximum frame size is at least {AmqpLimits.MinMaxFrameSize}.");
        Output.SetMaxFrameSize((int)Math.Min(open.MaxFrameSize, (uint)Options.Limits.MaxFrameSize));
        if (open.IdleTimeout is > 0 and var timeout) SetRemoteTimeout(TimeSpan.FromMilliseconds(timeout));
        State = ConnectionState.Open;
        Notices.Add(new OpenedNotice(this));
    }

    private void SetRemoteTimeout(TimeSpan timeout)
    {
        if (timeout < Options.Limits.MinIdleTimeout) throw AmqpException.NotAllowed($"An idle time-out is at least {Options.Limits.MinIdleTimeout.TotalMilliseconds} ms here.");
        _heartbeat.SetRemoteTimeout(timeout);
    }

    private void WriteOpen()
    {
        new Open
        {
            ContainerId = Options.ContainerId,
            MaxFrameSize = (uint)Options.Limits.MaxFrameSize,
            ChannelMax = (ushort)(Options.Limits.MaxSessions - 1),
            IdleTimeout = (uint)(Options.Limits.IdleTimeout.TotalMilliseconds / 2), // §2.4.5: half of the real one.
            Properties = Options.Properties,
        }.Write(Output.Frames.Start(NoSession));
        Output.Frames.End();
    }

    /// <summary>Writes our close (§2.7.9). An open comes before it, even then (§2.4.3).</summary>
    private void WriteClose(AmqpError? error)
    {
        if (!_isHeaderDone || _sasl is not null)
        {
            Finish();
            return;
        }

        if (!_isOpened) WriteOpen();
        _isOpened = true;
        Ending.Write(Output.Frames.Start(NoSession), Descriptor.Close, Brief(error));
        Output.Frames.End();
    }

    private static AmqpError? Brief(AmqpError? error)
    {
        const int fits = 100; // In whatever frame a peer takes.
        if (error is null) return null;
        var description = error.Description is { Length: > fits } text ? text[..fits] : error.Description;
        return new(error.Condition.Value.Length > fits ? ErrorCondition.InternalError : error.Condition, description);
    }

    private void TakeClose(AmqpError? error)
    {
        if (State is not ConnectionState.Closing)
        {
            _error ??= error;
            EndSessions(error);
            WriteDispositions();
            WriteClose(null);
        }

        Finish();
    }

    /// <summary>Nothing more is read, and the output ends with what was written.</summary>
    private void Finish()
    {
        State = ConnectionState.Ended;
        Output.Complete();
        Intake.End();
    }

    private void TakeSessionFrame(ushort channel, Descriptor descriptor, ref AmqpReader reader)
    {
        if (channel > _channelMax) throw AmqpException.Framing($"The channel {channel} is above the maximum of {_channelMax}."); // §2.7.1
        if (descriptor == Descriptor.Begin) TakeBegin(channel, Begin.Read(ref reader));
        else if (_sessions.TryGetValue(channel, out var session)) session.Take(descriptor, ref reader);
        else throw AmqpException.NotAllowed($"There is no session on channel {channel}.");
    }

    /// <summary>Begins a session (§2.5.1): on our side it has the channel of the peer's side, which is free when the peer's is.</summary>
    private void TakeBegin(ushort channel, Begin begin)
    {
        if (_sessions.ContainsKey(channel)) throw AmqpException.NotAllowed($"The channel {channel} has a session.");
        if (begin.RemoteChannel is not null) throw AmqpException.NotAllowed("No session was begun from this side.");
        _sessions.Add(channel, new AmqpSession(this, channel, begin));
    }

    /// <summary>Tells the host of a connection that was opened.</summary>
    private sealed class OpenedNotice(AmqpConnection connection) : INotice
    {
        public void Deliver()
        {
            if (connection.Container.OnOpened(connection) is { } error) connection.Close(error);
        }

        public void Fail(Exception fault) => connection.Fault(fault);
    }

    /// <summary>Tells the host of its own fault.</summary>
    private sealed class FaultNotice(AmqpConnection connection, Exception fault) : INotice
    {
        public void Deliver() => connection.Container.OnFault(connection, fault);

        public void Fail(Exception another)
        {
            // Whoever cannot hear of a fault isn't told of the next one.
        }
    }
}
