using System.Buffers;
using System.IO.Pipelines;
using Posthorn.Amqp.Connections;
using Posthorn.Amqp.Framing;
using Posthorn.Amqp.Performatives;
using Posthorn.Amqp.Types;

namespace Posthorn.Tests.Amqp.Support;

/// <summary>A client that says exactly what a test wants, over pipes in memory.</summary>
internal sealed class AmqpPeer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly Pipe _toServer = new(new PipeOptions(pauseWriterThreshold: 0));
    private readonly Pipe _toPeer;
    private readonly AmqpListener _listener;
    private readonly AmqpBuffer _buffer = new();
    private readonly FrameWriter _frames;

    public AmqpPeer(IAmqpContainer container, AmqpOptions? options = null, TimeProvider? clock = null, long readsAhead = 0)
    {
        _toPeer = new(new PipeOptions(pauseWriterThreshold: readsAhead, resumeWriterThreshold: readsAhead / 2));
        _frames = new(_buffer) { MaxFrameSize = int.MaxValue };
        _listener = new(container, options ?? new(), clock ?? TimeProvider.System);
        Served = _listener.ServeAsync(new Transport(_toServer.Reader, _toPeer.Writer));
    }

    /// <summary>Completes when the server is done with the connection.</summary>
    public Task<bool> Served { get; }

    public int ConnectionCount => _listener.ConnectionCount;

    public void Send(ReadOnlySpan<byte> bytes)
    {
        _toServer.Writer.Write(bytes);
        _ = _toServer.Writer.FlushAsync().AsTask();
    }

    public void Send(Action<AmqpWriter> performative, ushort channel = 0, byte[]? payload = null, byte type = 0)
    {
        _buffer.Clear();
        performative(_frames.Start(channel, type));
        _frames.Body.Raw(payload ?? []);
        _frames.End();
        Send(_buffer.Written);
    }

    public void HangUp() => _toServer.Writer.Complete();

    /// <summary>Sends the AMQP header and an open, and takes the answers.</summary>
    public async Task<Open> OpenAsync(Open? open = null)
    {
        Send(ProtocolHeader.Amqp);
        Send((open ?? new() { ContainerId = "peer" }).Write);
        (await HeaderAsync()).ShouldBe(ProtocolHeader.Amqp.ToArray());
        return (await FrameAsync()).Open;
    }

    /// <summary>Opens, and begins a session on channel 0.</summary>
    public async Task BeginAsync(uint incomingWindow = 1_000)
    {
        await OpenAsync();
        Send(new Begin { IncomingWindow = incomingWindow, OutgoingWindow = 1_000, HandleMax = 1_000 }.Write);
        (await FrameAsync()).Begin.RemoteChannel.ShouldBe((ushort)0);
    }

    public void AttachSender(string address, uint handle = 0, ReceiverSettleMode mode = ReceiverSettleMode.First) => Send(new Attach
    {
        Name = $"sender-{handle}",
        Handle = handle,
        Role = Role.Sender,
        ReceiverSettleMode = mode,
        Source = new() { Address = "here" },
        Target = new() { Address = address },
        InitialDeliveryCount = 0,
    }.Write);

    public void AttachReceiver(string address, uint handle = 0, string target = "here", SenderSettleMode mode = SenderSettleMode.Mixed) => Send(new Attach
    {
        Name = $"receiver-{handle}",
        Handle = handle,
        Role = Role.Receiver,
        SenderSettleMode = mode,
        Source = new() { Address = address },
        Target = new() { Address = target },
    }.Write);

    public void Credit(uint credit, uint handle = 0, uint deliveryCount = 0, bool drain = false, bool echo = false, uint? nextIncomingId = null, uint window = 1_000) => Send(new Flow
    {
        NextIncomingId = nextIncomingId ?? deliveryCount,
        IncomingWindow = window,
        OutgoingWindow = 1_000,
        Handle = handle,
        DeliveryCount = deliveryCount,
        LinkCredit = credit,
        Drain = drain,
        Echo = echo,
    }.Write);

    public void Transfer(uint? id, byte[] payload, uint handle = 0, bool? settled = null, bool more = false, bool aborted = false, DeliveryState? state = null, byte[]? tag = null) =>
        Send(
            writer => new Transfer
            {
                Handle = handle,
                DeliveryId = id,
                HasTag = id is not null,
                DeliveryTag = tag ?? BitConverter.GetBytes(id ?? 0),
                Settled = settled,
                More = more,
                Aborted = aborted,
                State = state,
            }.Write(writer),
            payload: payload);

    /// <summary>How many bytes the server has got rid of and nobody has read.</summary>
    public async Task<long> ReadableAsync()
    {
        var read = await _toPeer.Reader.ReadAsync();
        _toPeer.Reader.AdvanceTo(read.Buffer.Start);
        return read.Buffer.Length;
    }

    public async Task<byte[]> HeaderAsync()
    {
        var read = await _toPeer.Reader.ReadAtLeastAsync(ProtocolHeader.Size).AsTask().WaitAsync(Patience);
        var header = read.Buffer.Slice(0, Math.Min(read.Buffer.Length, ProtocolHeader.Size));
        var bytes = header.ToArray();
        _toPeer.Reader.AdvanceTo(header.End);
        return bytes;
    }

    /// <summary>The next frame; null when the server has ended the stream.</summary>
    public async Task<PeerFrame?> TryFrameAsync()
    {
        var read = await _toPeer.Reader.ReadAtLeastAsync(FrameHeader.Length).AsTask().WaitAsync(Patience);
        if (read.Buffer.Length < FrameHeader.Length)
        {
            _toPeer.Reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            return null;
        }

        var header = FrameHeader.Read(read.Buffer.Slice(0, FrameHeader.Length).ToArray(), int.MaxValue);
        _toPeer.Reader.AdvanceTo(read.Buffer.Start);
        read = await _toPeer.Reader.ReadAtLeastAsync(header.Size).AsTask().WaitAsync(Patience);
        var frame = new PeerFrame(header.Channel, read.Buffer.Slice(header.BodyOffset, header.Size - header.BodyOffset).ToArray());
        _toPeer.Reader.AdvanceTo(read.Buffer.GetPosition(header.Size));
        return frame;
    }

    public async Task<PeerFrame> FrameAsync() => (await TryFrameAsync()).ShouldNotBeNull("The server has ended the stream.");

    /// <summary>The next frame of a kind; others are passed over.</summary>
    public async Task<PeerFrame> NextAsync(Descriptor descriptor)
    {
        while (true)
        {
            var frame = await FrameAsync();
            if (frame.Descriptor == descriptor) return frame;
        }
    }

    /// <summary>Takes the server's close, answers it, and sees the connection end.</summary>
    public async Task<AmqpError?> ClosedAsync()
    {
        var error = (await NextAsync(Descriptor.Close)).Close;
        Send(writer => Ending.Write(writer, Descriptor.Close, null));
        HangUp();
        await Served.WaitAsync(Patience);
        return error;
    }

    /// <summary>Reads and forgets all that is sent, until the server ends the stream; gives the last close's error.</summary>
    public async Task<AmqpError?> DrainAsync()
    {
        AmqpError? error = null;
        while (await TryFrameAsync() is { } frame)
        {
            if (frame.Descriptor == Descriptor.Close) error = frame.Close;
        }

        return error;
    }

    /// <summary>Reads and forgets headers and frames until the server ends the stream; gives the last close's error.</summary>
    public async Task<AmqpError?> DrainStreamAsync()
    {
        while (await TryHeaderAsync())
        {
        }

        return await DrainAsync();
    }

    private async Task<bool> TryHeaderAsync()
    {
        var read = await _toPeer.Reader.ReadAtLeastAsync(ProtocolHeader.Size).AsTask().WaitAsync(Patience);
        var header = read.Buffer.Slice(0, Math.Min(read.Buffer.Length, ProtocolHeader.Size));
        var isHeader = ProtocolHeader.Read(header.ToArray()) is not null;
        var isSasl = read.Buffer.Length > ProtocolHeader.Size && !isHeader && read.Buffer.Slice(5, 1).FirstSpan[0] == FrameHeader.SaslType;
        _toPeer.Reader.AdvanceTo(isHeader ? header.End : read.Buffer.Start, isHeader ? header.End : read.Buffer.Start);
        return isHeader || (isSasl && await TryFrameAsync() is not null);
    }

    public async ValueTask DisposeAsync()
    {
        HangUp();
        await _toPeer.Reader.CompleteAsync();
        await _listener.DisposeAsync().AsTask().WaitAsync(Patience);
        _buffer.Dispose();
    }

    private sealed record Transport(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
