using Posthorn.Amqp.Types;

namespace Posthorn.Amqp.Performatives;

/// <summary>The target of a link that controls transactions (AMQP 1.0 §4.5.1).</summary>
/// <param name="Capabilities">What the coordinator can do (§4.5.2), such as <c>amqp:local-transactions</c>.</param>
public sealed record Coordinator(IReadOnlyList<Symbol> Capabilities)
{
    internal static Coordinator Read(ref AmqpReader reader)
    {
        var scope = reader.EnterFields();
        var coordinator = new Coordinator(reader.FieldSymbols());
        reader.Leave(scope);
        return coordinator;
    }

    internal void Write(AmqpWriter writer)
    {
        var list = writer.StartComposite(Descriptor.Coordinator);
        writer.Symbols(Capabilities);
        writer.EndList(list, 1);
    }
}
