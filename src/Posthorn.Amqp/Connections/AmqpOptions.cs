using Posthorn.Amqp.Types;

namespace Posthorn.Amqp.Connections;

/// <summary>How a server presents itself.</summary>
public sealed record AmqpOptions
{
    /// <summary>Its name as a container (AMQP 1.0 §2.7.1).</summary>
    public string ContainerId { get; init; } = "posthorn";

    /// <summary>The SASL mechanisms it offers; with none there is no SASL.</summary>
    public IReadOnlyList<Symbol> Mechanisms { get; init; } = [SaslCredentials.Anonymous];

    /// <summary>Whether a peer must speak SASL first.</summary>
    public bool IsSaslRequired { get; init; }

    /// <summary>The properties of its open.</summary>
    public AmqpMap? Properties { get; init; }

    /// <summary>What peers may ask of it.</summary>
    public AmqpLimits Limits { get; init; } = new();
}
