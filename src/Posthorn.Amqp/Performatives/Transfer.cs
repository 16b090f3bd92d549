using Posthorn.Amqp.Types;

namespace Posthorn.Amqp.Performatives;

/// <summary>A message, or a part of one; its bytes follow in the same frame (AMQP 1.0 §2.7.5).</summary>
internal readonly ref struct Transfer
{
    private const int LongestTag = 32; // §2.8.7

    public uint Handle { get; init; }

    public uint? DeliveryId { get; init; }

    public ReadOnlySpan<byte> DeliveryTag { get; init; }

    public bool HasTag { get; init; }

    public uint? MessageFormat { get; init; }

    public bool? Settled { get; init; }

    public bool More { get; init; }

    public DeliveryState? State { get; init; }

    public bool Resume { get; init; }

    public bool Aborted { get; init; }

    public static Transfer Read(ref AmqpReader reader)
    {
        var scope = reader.EnterFields();
        var handle = reader.FieldUInt() ?? throw AmqpException.Missing("handle");
        var id = reader.FieldUInt();
        var tag = reader.FieldBinary(out var hasTag);
        if (tag.Length > LongestTag) throw AmqpException.Invalid($"A delivery tag has more than {LongestTag} bytes.");
        var format = reader.FieldUInt();
        var settled = reader.FieldBoolean();
        var more = reader.FieldBoolean() ?? false;
        if (reader.FieldUByte() > 1) throw AmqpException.Invalid("There is no such settle mode."); // The link's mode holds for all of it.
        var transfer = new Transfer
        {
            Handle = handle,
            DeliveryId = id,
            DeliveryTag = tag,
            HasTag = hasTag,
            MessageFormat = format,
            Settled = settled,
            More = more,
            State = DeliveryState.ReadField(ref reader),
            Resume = reader.FieldBoolean() ?? false,
            Aborted = reader.FieldBoolean() ?? false,
        };
        reader.SkipField(); // batchable
        reader.Leave(scope);
        return transfer;
    }

    public void Write(AmqpWriter writer)
    {
        var list = writer.StartComposite(Descriptor.Transfer);
        writer.UInt(Handle);
        writer.UInt(DeliveryId);
        if (HasTag) writer.Binary(DeliveryTag);
        else writer.Null();
        writer.UInt(MessageFormat);
        writer.Boolean(Settled);
        writer.Boolean(More);
        if (State is null && !Aborted)
        {
            writer.EndList(list, 6);
            return;
        }

        writer.Null();
        if (State is null) writer.Null();
        else State.Write(writer);
        writer.Boolean(Resume);
        writer.Boolean(Aborted);
        writer.EndList(list, 10);
    }
}
