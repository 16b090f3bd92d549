using Posthorn.Amqp;
using Posthorn.Amqp.Performatives;
using Posthorn.Amqp.Types;

namespace Posthorn.Tests.Amqp.Support;

/// <summary>A frame that the server sent.</summary>
internal sealed record PeerFrame(ushort Channel, byte[] Body)
{
    private delegate T Reading<out T>(ref AmqpReader reader);

    public bool IsEmpty => Body.Length == 0;

    public Descriptor Descriptor => IsEmpty ? Descriptor.Unknown : Start(out _);

    public Open Open => Read(Descriptor.Open, (ref AmqpReader reader) => Open.Read(ref reader));

    public Begin Begin => Read(Descriptor.Begin, (ref AmqpReader reader) => Begin.Read(ref reader));

    public Attach Attach => Read(Descriptor.Attach, (ref AmqpReader reader) => Attach.Read(ref reader));

    public Flow Flow => Read(Descriptor.Flow, (ref AmqpReader reader) => Flow.Read(ref reader));

    public Disposition Disposition => Read(Descriptor.Disposition, (ref AmqpReader reader) => Disposition.Read(ref reader));

    public Detach Detach => Read(Descriptor.Detach, (ref AmqpReader reader) => Detach.Read(ref reader));

    public AmqpError? End => Read(Descriptor.End, (ref AmqpReader reader) => Ending.Read(ref reader));

    public AmqpError? Close => Read(Descriptor.Close, (ref AmqpReader reader) => Ending.Read(ref reader));

    public SentTransfer Transfer => Read(Descriptor.Transfer, (ref AmqpReader reader) =>
    {
        var transfer = Posthorn.Amqp.Performatives.Transfer.Read(ref reader);
        return new SentTransfer(transfer.Handle, transfer.DeliveryId, transfer.DeliveryTag.ToArray(), transfer.Settled ?? false, transfer.More, reader.Rest.ToArray());
    });

    private T Read<T>(Descriptor expected, Reading<T> read)
    {
        Start(out var reader).ShouldBe(expected);
        return read(ref reader);
    }

    private Descriptor Start(out AmqpReader reader)
    {
        reader = new AmqpReader(Body, new AmqpLimits());
        return reader.ReadDescriptor();
    }
}

/// <summary>A transfer that the server sent.</summary>
internal sealed record SentTransfer(uint Handle, uint? DeliveryId, byte[] Tag, bool Settled, bool More, byte[] Payload);
