using Posthorn.Amqp.Types;

namespace Posthorn.Amqp.Performatives;

/// <summary>The state of a session, and of one of its links when a handle is given (AMQP 1.0 §2.7.4).</summary>
internal readonly record struct Flow
{
    public uint? NextIncomingId { get; init; }

    public uint IncomingWindow { get; init; }

    public uint NextOutgoingId { get; init; }

    public uint OutgoingWindow { get; init; }

    public uint? Handle { get; init; }

    public uint? DeliveryCount { get; init; }

    public uint? LinkCredit { get; init; }

    public uint? Available { get; init; }

    public bool Drain { get; init; }

    public bool Echo { get; init; }

    public static Flow Read(ref AmqpReader reader)
    {
        var scope = reader.EnterFields();
        var flow = new Flow
        {
            NextIncomingId = reader.FieldUInt(),
            IncomingWindow = reader.FieldUInt() ?? throw AmqpException.Missing("incoming-window"),
            NextOutgoingId = reader.FieldUInt() ?? throw AmqpException.Missing("next-outgoing-id"),
            OutgoingWindow = reader.FieldUInt() ?? throw AmqpException.Missing("outgoing-window"),
            Handle = reader.FieldUInt(),
            DeliveryCount = reader.FieldUInt(),
            LinkCredit = reader.FieldUInt(),
            Available = reader.FieldUInt(),
            Drain = reader.FieldBoolean() ?? false,
            Echo = reader.FieldBoolean() ?? false,
        };
        reader.Leave(scope);
        return flow;
    }

    public void Write(AmqpWriter writer)
    {
        var list = writer.StartComposite(Descriptor.Flow);
        writer.UInt(NextIncomingId);
        writer.UInt(IncomingWindow);
        writer.UInt(NextOutgoingId);
        writer.UInt(OutgoingWindow);
        writer.UInt(Handle);
        writer.UInt(DeliveryCount);
        writer.UInt(LinkCredit);
        writer.UInt(Available);
        writer.Boolean(Drain);
        writer.Boolean(Echo);
        writer.EndList(list, 10);
    }
}
