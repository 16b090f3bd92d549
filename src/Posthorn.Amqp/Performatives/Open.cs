using Posthorn.Amqp.Types;

namespace Posthorn.Amqp.Performatives;

/// <summary>Begins a connection and says what its sender can take (AMQP 1.0 §2.7.1).</summary>
internal sealed record Open
{
    public required string ContainerId { get; init; }

    public string? Hostname { get; init; }

    public uint MaxFrameSize { get; init; } = uint.MaxValue;

    public ushort ChannelMax { get; init; } = ushort.MaxValue;

    /// <summary>In milliseconds; null for none.</summary>
    public uint? IdleTimeout { get; init; }

    public IReadOnlyList<Symbol> OfferedCapabilities { get; init; } = [];

    public IReadOnlyList<Symbol> DesiredCapabilities { get; init; } = [];

    public AmqpMap? Properties { get; init; }

    public static Open Read(ref AmqpReader reader)
    {
        var scope = reader.EnterFields();
        var containerId = reader.FieldName() ?? throw AmqpException.Missing("container-id");
        var hostname = reader.FieldName();
        var maxFrameSize = reader.FieldUInt() ?? uint.MaxValue;
        var channelMax = reader.FieldUShort() ?? ushort.MaxValue;
        var idleTimeout = reader.FieldUInt();
        reader.SkipField(); // outgoing-locales
        reader.SkipField(); // incoming-locales
        var open = new Open
        {
            ContainerId = containerId,
            Hostname = hostname,
            MaxFrameSize = maxFrameSize,
            ChannelMax = channelMax,
            IdleTimeout = idleTimeout,
            OfferedCapabilities = reader.FieldSymbols(),
            DesiredCapabilities = reader.FieldSymbols(),
            Properties = reader.FieldMap(),
        };
        reader.Leave(scope);
        return open;
    }

    public void Write(AmqpWriter writer)
    {
        var list = writer.StartComposite(Descriptor.Open);
        writer.String(ContainerId);
        writer.String(Hostname);
        writer.UInt(MaxFrameSize);
        writer.UShort(ChannelMax);
        writer.UInt(IdleTimeout);
        writer.Null();
        writer.Null();
        writer.Symbols(OfferedCapabilities);
        writer.Symbols(DesiredCapabilities);
        writer.Map(Properties);
        writer.EndList(list, 10);
    }
}
