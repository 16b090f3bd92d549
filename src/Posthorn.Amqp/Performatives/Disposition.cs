using Posthorn.Amqp.Types;

namespace Posthorn.Amqp.Performatives;

/// <summary>What one end says of a range of deliveries (AMQP 1.0 §2.7.6).</summary>
internal readonly record struct Disposition(Role Role, uint First, uint Last, bool Settled, DeliveryState? State)
{
    public static Disposition Read(ref AmqpReader reader)
    {
        var scope = reader.EnterFields();
        var role = reader.FieldBoolean() ?? throw AmqpException.Missing("role");
        var first = reader.FieldUInt() ?? throw AmqpException.Missing("first");
        var last = reader.FieldUInt() ?? first;
        var settled = reader.FieldBoolean() ?? false;
        var state = DeliveryState.ReadField(ref reader);
        reader.SkipField(); // batchable
        reader.Leave(scope);
        return new(role ? Role.Receiver : Role.Sender, first, last, settled, state);
    }

    public void Write(AmqpWriter writer)
    {
        var list = writer.StartComposite(Descriptor.Disposition);
        writer.Boolean(Role == Role.Receiver);
        writer.UInt(First);
        writer.UInt(Last == First ? null : Last);
        writer.Boolean(Settled);
        State?.Write(writer);
        writer.EndList(list, State is null ? 4 : 5);
    }
}
