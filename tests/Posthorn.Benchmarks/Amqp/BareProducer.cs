using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Posthorn.Amqp;
using Posthorn.Amqp.Framing;
using Posthorn.Amqp.Performatives;
using Posthorn.Amqp.Types;

namespace Posthorn.Benchmarks.Amqp;

/// <summary>
/// What there is to be had from AMQP: a socket, one link, and as many transfers on their way as the server gives credit for. A transfer
/// counts when the server has settled it.
/// </summary>
internal sealed class BareProducer : IDisposable
{
    private const int MaxFrameSize = 64 * 1024;
    private static readonly AmqpLimits Limits = new();
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly FrameInput _input = new(MaxFrameSize);
    private NetworkStream? _stream;
    private PipeReader? _reader;
    private bool _isSignedIn;
    private uint _prepared;
    private uint _sent;
    private uint _settled;
    private uint _linkEnd; // The delivery that the link's credit does not reach.
    private uint _windowEnd; // The transfer that the session's window does not reach.

    private NetworkStream Stream => _stream ?? throw new InvalidOperationException("It is not connected.");

    private PipeReader Reader => _reader ?? throw new InvalidOperationException("It is not connected.");

    /// <summary>1. sign in, 2. open, begin and attach, 3. wait for credit.</summary>
    public static async Task<BareProducer> ConnectAsync(int port, CancellationToken cancellation)
    {
        var producer = new BareProducer();
        await producer._socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), cancellation);
        producer._stream = new NetworkStream(producer._socket);
        producer._reader = PipeReader.Create(producer._stream);

        // 1.
        await producer.WriteAsync(WriteSasl, cancellation);
        await producer.TakeHeaderAsync(cancellation);
        while (!producer._isSignedIn) await producer.ReadAsync(cancellation);

        // 2.
        await producer.WriteAsync(WriteOpening, cancellation);
        await producer.TakeHeaderAsync(cancellation);

        // 3.
        while (producer._linkEnd == 0) await producer.ReadAsync(cancellation);
        return producer;
    }

    /// <summary>Encodes what is sent next.</summary>
    public BareMail Prepare(IEnumerable<BareMessage> messages, int together)
    {
        var mail = new BareMail(messages, together, _prepared, MaxFrameSize);
        _prepared += (uint)mail.Count;
        return mail;
    }

    /// <summary>Sends what was prepared, and returns when all of it is settled.</summary>
    /// <exception cref="BenchmarkException">The server refused something.</exception>
    public async Task SendAsync(BareMail mail, CancellationToken cancellation)
    {
        using var _ = mail;
        var first = _sent;
        while (_settled < first + mail.Count)
        {
            var next = (int)(_sent - first);
            var allowed = (int)Math.Min(Math.Min(_linkEnd, _windowEnd) - _sent, (uint)(mail.Count - next));
            if (allowed > 0)
            {
                await Stream.WriteAsync(mail.Frames(next, next + allowed), cancellation);
                _sent += (uint)allowed;
            }

            await ReadAsync(cancellation);
        }
    }

    public void Dispose()
    {
        _reader?.Complete();
        _stream?.Dispose();
        _socket.Dispose();
    }

    private static void WriteSasl(FrameWriter frames)
    {
        frames.Body.Raw(ProtocolHeader.Sasl);
        var writer = frames.Start(channel: 0, FrameHeader.SaslType);
        var list = writer.StartComposite(Descriptor.SaslInit);
        writer.Symbol("PLAIN");
        writer.Binary(Encoding.UTF8.GetBytes("\0RootManageSharedAccessKey\0SAS_KEY_VALUE")); // The key of Development.
        writer.EndList(list, 2);
        frames.End();
    }

    private static void WriteOpening(FrameWriter frames)
    {
        frames.Body.Raw(ProtocolHeader.Amqp);
        new Open { ContainerId = "bench", Hostname = "localhost", MaxFrameSize = MaxFrameSize }.Write(frames.Start(channel: 0));
        frames.End();
        new Begin { IncomingWindow = int.MaxValue, OutgoingWindow = int.MaxValue, HandleMax = 1 }.Write(frames.Start(channel: 0));
        frames.End();
        new Attach
        {
            Name = "bench",
            Handle = 0,
            Role = Role.Sender,
            SenderSettleMode = SenderSettleMode.Unsettled,
            Source = new() { Address = "bench" },
            Target = new() { Address = "batch-notifications" },
            InitialDeliveryCount = 0,
        }.Write(frames.Start(channel: 0));
        frames.End();
    }

    private async Task WriteAsync(Action<FrameWriter> write, CancellationToken cancellation)
    {
        using var buffer = new AmqpBuffer();
        write(new FrameWriter(buffer) { MaxFrameSize = MaxFrameSize });
        await Stream.WriteAsync(buffer.WrittenMemory, cancellation);
    }

    private async Task TakeHeaderAsync(CancellationToken cancellation)
    {
        var read = await Reader.ReadAtLeastAsync(ProtocolHeader.Size, cancellation);
        Reader.AdvanceTo(read.Buffer.GetPosition(ProtocolHeader.Size));
    }

    /// <summary>Waits for something, and takes all that has come.</summary>
    private async Task ReadAsync(CancellationToken cancellation)
    {
        var read = await Reader.ReadAsync(cancellation);
        var rest = read.Buffer;
        while (TryTake(ref rest))
        {
        }

        if (read.IsCompleted) throw new BenchmarkException("The server has ended the connection.");
        Reader.AdvanceTo(rest.Start, rest.End);
    }

    private bool TryTake(ref ReadOnlySequence<byte> rest)
    {
        if (!_input.TryTake(ref rest, out _, out var body)) return false;
        if (body.IsEmpty) return true;
        var reader = new AmqpReader(body, Limits);
        switch (reader.ReadDescriptor())
        {
            case Descriptor.SaslOutcome:
                var scope = reader.EnterFields();
                _isSignedIn = reader.FieldUByte() == (byte)SaslCode.Ok ? true : throw new BenchmarkException("The server knows another key.");
                reader.Leave(scope);
                break;
            case Descriptor.Flow: Take(Flow.Read(ref reader)); break;
            case Descriptor.Disposition: Take(Disposition.Read(ref reader)); break;
            case Descriptor.Detach or Descriptor.End or Descriptor.Close: throw new BenchmarkException("The server ends the link.");
            default: break; // Its own open, begin and attach.
        }

        return true;
    }

    private void Take(Flow flow)
    {
        _windowEnd = (flow.NextIncomingId ?? 0) + flow.IncomingWindow;
        if (flow.LinkCredit is { } credit) _linkEnd = (flow.DeliveryCount ?? 0) + credit;
    }

    private void Take(Disposition disposition)
    {
        if (disposition.State is not DeliveryState.Accepted) throw new BenchmarkException($"The server answered {disposition.State} to what it should have accepted.");
        _settled += disposition.Last - disposition.First + 1;
    }
}
