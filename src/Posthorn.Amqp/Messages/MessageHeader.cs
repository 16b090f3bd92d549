using Posthorn.Amqp.Performatives;
using Posthorn.Amqp.Types;

namespace Posthorn.Amqp.Messages;

/// <summary>How a message is to travel (AMQP 1.0 §3.2.1).</summary>
public sealed record MessageHeader
{
    /// <summary>Whether it must survive the loss of a process.</summary>
    public bool Durable { get; init; }

    /// <summary>Its priority; 4 unless it says otherwise.</summary>
    public byte? Priority { get; init; }

    /// <summary>How long it is of use, in milliseconds; null for ever.</summary>
    public uint? TimeToLive { get; init; }

    /// <summary>Whether nobody had it before.</summary>
    public bool FirstAcquirer { get; init; }

    /// <summary>How often its delivery failed before.</summary>
    public uint DeliveryCount { get; init; }

    internal static MessageHeader Read(ref AmqpReader reader)
    {
        var scope = reader.EnterFields();
        var header = new MessageHeader
        {
            Durable = reader.FieldBoolean() ?? false,
            Priority = reader.FieldUByte(),
            TimeToLive = reader.FieldUInt(),
            FirstAcquirer = reader.FieldBoolean() ?? false,
            DeliveryCount = reader.FieldUInt() ?? 0,
        };
        reader.Leave(scope);
        return header;
    }

    internal void Write(AmqpWriter writer)
    {
        var list = writer.StartComposite(Descriptor.Header);
        writer.Boolean(Durable);
        writer.UByte(Priority);
        writer.UInt(TimeToLive);
        writer.Boolean(FirstAcquirer);
        writer.UInt(DeliveryCount);
        writer.EndList(list, 5);
    }
}
