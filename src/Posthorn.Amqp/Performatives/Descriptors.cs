using System.Text;

namespace Posthorn.Amqp.Performatives;

/// <summary>The other form of a descriptor: a symbol (AMQP 1.0 §1.5), which a peer may use as well as the number.</summary>
internal static class Descriptors
{
    private const int LongestSymbol = 40;

    private static readonly Dictionary<string, Descriptor> BySymbol = new(StringComparer.Ordinal)
    {
        ["amqp:open:list"] = Descriptor.Open,
        ["amqp:begin:list"] = Descriptor.Begin,
        ["amqp:attach:list"] = Descriptor.Attach,
        ["amqp:flow:list"] = Descriptor.Flow,
        ["amqp:transfer:list"] = Descriptor.Transfer,
        ["amqp:disposition:list"] = Descriptor.Disposition,
        ["amqp:detach:list"] = Descriptor.Detach,
        ["amqp:end:list"] = Descriptor.End,
        ["amqp:close:list"] = Descriptor.Close,
        ["amqp:error:list"] = Descriptor.Error,
        ["amqp:received:list"] = Descriptor.Received,
        ["amqp:accepted:list"] = Descriptor.Accepted,
        ["amqp:rejected:list"] = Descriptor.Rejected,
        ["amqp:released:list"] = Descriptor.Released,
        ["amqp:modified:list"] = Descriptor.Modified,
        ["amqp:source:list"] = Descriptor.Source,
        ["amqp:target:list"] = Descriptor.Target,
        ["amqp:coordinator:list"] = Descriptor.Coordinator,
        ["amqp:declare:list"] = Descriptor.Declare,
        ["amqp:discharge:list"] = Descriptor.Discharge,
        ["amqp:declared:list"] = Descriptor.Declared,
        ["amqp:transactional-state:list"] = Descriptor.TransactionalState,
        ["amqp:sasl-mechanisms:list"] = Descriptor.SaslMechanisms,
        ["amqp:sasl-init:list"] = Descriptor.SaslInit,
        ["amqp:sasl-challenge:list"] = Descriptor.SaslChallenge,
        ["amqp:sasl-response:list"] = Descriptor.SaslResponse,
        ["amqp:sasl-outcome:list"] = Descriptor.SaslOutcome,
        ["amqp:header:list"] = Descriptor.Header,
        ["amqp:delivery-annotations:map"] = Descriptor.DeliveryAnnotations,
        ["amqp:message-annotations:map"] = Descriptor.MessageAnnotations,
        ["amqp:properties:list"] = Descriptor.Properties,
        ["amqp:application-properties:map"] = Descriptor.ApplicationProperties,
        ["amqp:data:binary"] = Descriptor.Data,
        ["amqp:amqp-sequence:list"] = Descriptor.Sequence,
        ["amqp:amqp-value:*"] = Descriptor.Value,
        ["amqp:footer:map"] = Descriptor.Footer,
    };

    public static Descriptor FromSymbol(ReadOnlySpan<byte> symbol)
    {
        if (symbol.Length > LongestSymbol) return Descriptor.Unknown;
        Span<char> name = stackalloc char[symbol.Length];
        Encoding.ASCII.GetChars(symbol, name);
        return BySymbol.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(name, out var descriptor) ? descriptor : Descriptor.Unknown;
    }
}
