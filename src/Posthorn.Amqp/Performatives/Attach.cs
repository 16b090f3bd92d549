using Posthorn.Amqp.Types;

namespace Posthorn.Amqp.Performatives;

/// <summary>Attaches a link to a session (AMQP 1.0 §2.7.3).</summary>
internal sealed record Attach
{
    public required string Name { get; init; }

    public required uint Handle { get; init; }

    public required Role Role { get; init; }

    public SenderSettleMode SenderSettleMode { get; init; } = SenderSettleMode.Mixed;

    public ReceiverSettleMode ReceiverSettleMode { get; init; }

    public Source? Source { get; init; }

    public Target? Target { get; init; }

    public Coordinator? Coordinator { get; init; }

    public uint? InitialDeliveryCount { get; init; }

    /// <summary>In bytes; 0 for no limit.</summary>
    public ulong MaxMessageSize { get; init; }

    public IReadOnlyList<Symbol> OfferedCapabilities { get; init; } = [];

    public IReadOnlyList<Symbol> DesiredCapabilities { get; init; } = [];

    public AmqpMap? Properties { get; init; }

    public static Attach Read(ref AmqpReader reader)
    {
        var scope = reader.EnterFields();
        var name = reader.FieldName() ?? throw AmqpException.Missing("name");
        var handle = reader.FieldUInt() ?? throw AmqpException.Missing("handle");
        var role = reader.FieldBoolean() ?? throw AmqpException.Missing("role");
        var sender = reader.FieldUByte() ?? (byte)SenderSettleMode.Mixed;
        var receiver = reader.FieldUByte() ?? 0;
        if (sender > 2 || receiver > 1) throw AmqpException.Invalid("There is no such settle mode.");
        var source = reader.NextField() ? ReadSource(ref reader) : null;
        var (target, coordinator) = reader.NextField() ? ReadTarget(ref reader) : default;
        reader.SkipField(); // unsettled: links are not resumed here.
        reader.SkipField(); // incomplete-unsettled
        var attach = new Attach
        {
            Name = name,
            Handle = handle,
            Role = role ? Role.Receiver : Role.Sender,
            SenderSettleMode = (SenderSettleMode)sender,
            ReceiverSettleMode = (ReceiverSettleMode)receiver,
            Source = source,
            Target = target,
            Coordinator = coordinator,
            InitialDeliveryCount = reader.FieldUInt(),
            MaxMessageSize = reader.FieldULong() ?? 0,
            OfferedCapabilities = reader.FieldSymbols(),
            DesiredCapabilities = reader.FieldSymbols(),
            Properties = reader.FieldMap(),
        };
        reader.Leave(scope);
        return attach;
    }

    public void Write(AmqpWriter writer)
    {
        var list = writer.StartComposite(Descriptor.Attach);
        writer.String(Name);
        writer.UInt(Handle);
        writer.Boolean(Role == Role.Receiver);
        writer.UByte((byte)SenderSettleMode);
        writer.UByte((byte)ReceiverSettleMode);
        WriteTermini(writer);
        writer.Null();
        writer.Null();
        writer.UInt(InitialDeliveryCount);
        writer.ULong(MaxMessageSize);
        writer.Symbols(OfferedCapabilities);
        writer.Symbols(DesiredCapabilities);
        writer.Map(Properties);
        writer.EndList(list, 14);
    }

    private void WriteTermini(AmqpWriter writer)
    {
        if (Source is null) writer.Null();
        else Source.Write(writer);
        if (Target is not null) Target.Write(writer);
        else if (Coordinator is not null) Coordinator.Write(writer);
        else writer.Null();
    }

    private static Source ReadSource(ref AmqpReader reader) =>
        reader.ReadDescriptor() == Descriptor.Source ? Source.Read(ref reader) : throw AmqpException.Decode("A source belongs here.");

    private static (Target?, Coordinator?) ReadTarget(ref AmqpReader reader) => reader.ReadDescriptor() switch
    {
        Descriptor.Target => (Target.Read(ref reader), null),
        Descriptor.Coordinator => (null, Coordinator.Read(ref reader)),
        _ => throw AmqpException.Decode("A target or a coordinator belongs here."),
    };
}
