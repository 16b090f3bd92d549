using Posthorn.Amqp.Types;

namespace Posthorn.Amqp.Performatives;

/// <summary>Details of an error (AMQP 1.0 §2.8.14).</summary>
/// <param name="Condition">What kind it is: see <see cref="ErrorCondition"/>; a host may have its own.</param>
/// <param name="Description">A sentence for whoever reads the peer's log; never a secret.</param>
/// <param name="Info">More of it; null when there is none.</param>
public sealed record AmqpError(Symbol Condition, string? Description = null, AmqpMap? Info = null)
{
    /// <inheritdoc/>
    public override string ToString() => Description is null ? Condition.Value : $"{Condition}: {Description}";

    internal static AmqpError Read(ref AmqpReader reader)
    {
        var scope = reader.EnterComposite(Descriptor.Error);
        var error = new AmqpError(reader.FieldSymbol() ?? throw AmqpException.Missing("condition"), reader.FieldString(), reader.FieldMap());
        reader.Leave(scope);
        return error;
    }

    internal void Write(AmqpWriter writer)
    {
        var list = writer.StartComposite(Descriptor.Error);
        writer.Symbol(Condition);
        writer.String(Description);
        writer.Map(Info);
        writer.EndList(list, 3);
    }
}
