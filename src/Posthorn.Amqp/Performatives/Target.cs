using Posthorn.Amqp.Types;

namespace Posthorn.Amqp.Performatives;

/// <summary>Where a link's messages go (AMQP 1.0 §3.5.4).</summary>
public sealed record Target
{
    /// <summary>The address of the node; null when there is none.</summary>
    public string? Address { get; init; }

    /// <summary>What of the terminus is kept (§3.5.5).</summary>
    public uint Durable { get; init; }

    /// <summary>When it expires (§3.5.6); null means <c>session-end</c>.</summary>
    public Symbol? ExpiryPolicy { get; init; }

    /// <summary>For how long it is kept after that, in seconds.</summary>
    public uint Timeout { get; init; }

    /// <summary>Whether the node is to be made.</summary>
    public bool IsDynamic { get; init; }

    /// <summary>What the node is to be like.</summary>
    public AmqpMap? DynamicNodeProperties { get; init; }

    /// <summary>What it can do.</summary>
    public IReadOnlyList<Symbol> Capabilities { get; init; } = [];

    internal static Target Read(ref AmqpReader reader)
    {
        var scope = reader.EnterFields();
        var target = new Target
        {
            Address = reader.FieldName(),
            Durable = reader.FieldUInt() ?? 0,
            ExpiryPolicy = reader.FieldSymbol(),
            Timeout = reader.FieldUInt() ?? 0,
            IsDynamic = reader.FieldBoolean() ?? false,
            DynamicNodeProperties = reader.FieldMap(),
            Capabilities = reader.FieldSymbols(),
        };
        reader.Leave(scope);
        return target;
    }

    internal void Write(AmqpWriter writer)
    {
        var list = writer.StartComposite(Descriptor.Target);
        writer.String(Address);
        writer.UInt(Durable);
        writer.Symbol(ExpiryPolicy);
        writer.UInt(Timeout);
        writer.Boolean(IsDynamic);
        writer.Map(DynamicNodeProperties);
        writer.Symbols(Capabilities);
        writer.EndList(list, 7);
    }
}
