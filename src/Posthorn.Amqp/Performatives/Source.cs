using Posthorn.Amqp.Types;

namespace Posthorn.Amqp.Performatives;

/// <summary>Where a link's messages come from (AMQP 1.0 §3.5.3).</summary>
public sealed record Source
{
    /// <summary>The address of the node; null when there is none.</summary>
    public string? Address { get; init; }

    /// <summary>What of the terminus is kept (§3.5.5): 0 nothing, 1 its configuration, 2 its unsettled state too.</summary>
    public uint Durable { get; init; }

    /// <summary>When it expires (§3.5.6); null means <c>session-end</c>.</summary>
    public Symbol? ExpiryPolicy { get; init; }

    /// <summary>For how long it is kept after that, in seconds.</summary>
    public uint Timeout { get; init; }

    /// <summary>Whether the node is to be made.</summary>
    public bool IsDynamic { get; init; }

    /// <summary>What the node is to be like.</summary>
    public AmqpMap? DynamicNodeProperties { get; init; }

    /// <summary><c>move</c> or <c>copy</c> (§3.5.7).</summary>
    public Symbol? DistributionMode { get; init; }

    /// <summary>Predicates on the messages (§3.5.8): names to described values.</summary>
    public AmqpMap? Filter { get; init; }

    /// <summary>The outcome of what is not given one.</summary>
    public object? DefaultOutcome { get; init; }

    /// <summary>The outcomes that may be chosen.</summary>
    public IReadOnlyList<Symbol> Outcomes { get; init; } = [];

    /// <summary>What it can do.</summary>
    public IReadOnlyList<Symbol> Capabilities { get; init; } = [];

    internal static Source Read(ref AmqpReader reader)
    {
        var scope = reader.EnterFields();
        var source = new Source
        {
            Address = reader.FieldName(),
            Durable = reader.FieldUInt() ?? 0,
            ExpiryPolicy = reader.FieldSymbol(),
            Timeout = reader.FieldUInt() ?? 0,
            IsDynamic = reader.FieldBoolean() ?? false,
            DynamicNodeProperties = reader.FieldMap(),
            DistributionMode = reader.FieldSymbol(),
            Filter = reader.FieldMap(),
            DefaultOutcome = reader.FieldValue(),
            Outcomes = reader.FieldSymbols(),
            Capabilities = reader.FieldSymbols(),
        };
        reader.Leave(scope);
        return source;
    }

    internal void Write(AmqpWriter writer)
    {
        var list = writer.StartComposite(Descriptor.Source);
        writer.String(Address);
        writer.UInt(Durable);
        writer.Symbol(ExpiryPolicy);
        writer.UInt(Timeout);
        writer.Boolean(IsDynamic);
        writer.Map(DynamicNodeProperties);
        writer.Symbol(DistributionMode);
        writer.Map(Filter);
        writer.Value(DefaultOutcome);
        writer.Symbols(Outcomes);
        writer.Symbols(Capabilities);
        writer.EndList(list, 11);
    }
}
