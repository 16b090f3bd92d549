using Posthorn.Amqp.Framing;
using Posthorn.Amqp.Messages;
using Posthorn.Amqp.Performatives;
using Posthorn.Amqp.Types;

namespace Posthorn.Benchmarks.Amqp;

/// <summary>Transfers that are encoded before the clock runs, one frame each.</summary>
internal sealed class BareMail : IDisposable
{
    private const uint BatchFormat = 0x80013700; // Microsoft's batched message format: messages as data sections.
    private readonly AmqpBuffer _frames = new();
    private readonly List<int> _ends = [0];

    /// <param name="messages">What is sent.</param>
    /// <param name="together">How many are in a transfer.</param>
    /// <param name="firstId">The first delivery's id.</param>
    /// <param name="maxFrameSize">The largest frame the server takes.</param>
    public BareMail(IEnumerable<BareMessage> messages, int together, uint firstId, int maxFrameSize)
    {
        var frames = new FrameWriter(_frames) { MaxFrameSize = maxFrameSize };
        using var one = new MessageBuilder();
        using var batch = new MessageBuilder();
        foreach (var some in messages.Chunk(together))
        {
            batch.Clear();
            if (together > 1) foreach (var message in some) batch.Data(message.Write(one).Encoded.Span);
            var (encoded, format) = together > 1 ? (batch.Encoded, BatchFormat) : (some[0].Write(one).Encoded, 0u);
            var id = firstId + (uint)Count;
            new Transfer { Handle = 0, DeliveryId = id, HasTag = true, DeliveryTag = BitConverter.GetBytes(id), MessageFormat = format }.Write(frames.Start(channel: 0));
            frames.Body.Raw(encoded.Span);
            if (!frames.End()) throw new BenchmarkException("A transfer is larger than a frame: fewer messages fit into it.");
            _ends.Add(_frames.Length);
        }
    }

    /// <summary>Transfers.</summary>
    public int Count => _ends.Count - 1;

    /// <summary>The bytes of transfers that follow each other.</summary>
    public ReadOnlyMemory<byte> Frames(int from, int to) => _frames.WrittenMemory[_ends[from].._ends[to]];

    public void Dispose() => _frames.Dispose();
}
