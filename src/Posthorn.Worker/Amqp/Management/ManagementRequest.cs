using Posthorn.Amqp;
using Posthorn.Amqp.Connections;
using Posthorn.Amqp.Links;
using Posthorn.Amqp.Performatives;
using Posthorn.Amqp.Types;
using Posthorn.Sqlite.Broker;

namespace Posthorn.Worker.Amqp.Management;

/// <summary>What a client asks: an operation and its arguments, a map by their names.</summary>
internal sealed class ManagementRequest(IncomingDelivery delivery)
{
    private const int MostItems = 1_000;
    private readonly AmqpMap _arguments = delivery.Message.ReadValue() as AmqpMap ?? [];

    /// <summary>The operation; empty when the request names none.</summary>
    public string Operation { get; } = delivery.Message.ApplicationProperties?["operation"] as string ?? "";

    /// <summary>The connection that it came on.</summary>
    public AmqpConnection Connection => delivery.Link.Connection;

    /// <summary>The transaction that it belongs to; null when it belongs to none.</summary>
    public TransactionId? Transaction => (delivery.State as DeliveryState.Transactional)?.Transaction;

    /// <summary>A text; null when there is none.</summary>
    public string? Text(string name) => _arguments[name] as string;

    /// <summary>Bytes; null when there are none.</summary>
    public byte[]? Binary(string name) => _arguments[name] as byte[];

    /// <summary>A map; null when there is none.</summary>
    public AmqpMap? Map(string name) => _arguments[name] as AmqpMap;

    /// <summary>A whole number of whatever width.</summary>
    /// <exception cref="AmqpException">There is none.</exception>
    public long Number(string name) => Whole(_arguments[name]) ?? throw Missing(name, "a number");

    /// <summary>Whole numbers.</summary>
    /// <exception cref="AmqpException">There are none, or too many.</exception>
    public IReadOnlyList<long> Numbers(string name) => [.. Items(name).Select(item => Whole(item) ?? throw Missing(name, "numbers"))];

    /// <summary>The tokens of locks.</summary>
    /// <exception cref="AmqpException">There are none, or too many.</exception>
    public IReadOnlyList<LockToken> Locks(string name) => [.. Items(name).Select(item => item is Guid token ? LockToken.From(token) : throw Missing(name, "uuids"))];

    /// <summary>Maps.</summary>
    /// <exception cref="AmqpException">There are none, or too many.</exception>
    public IReadOnlyList<AmqpMap> Maps(string name) => [.. Items(name).Select(item => item as AmqpMap ?? throw Missing(name, "maps"))];

    /// <summary>An argument that is not what the operation takes.</summary>
    public static AmqpException Missing(string name, string kind) => new(new AmqpError(BrokerError.ArgumentError, $"'{name}' holds {kind}."), ErrorScope.Link);

    /// <summary>The SDKs write arrays as well as lists.</summary>
    private List<object?> Items(string name)
    {
        var items = _arguments[name] switch
        {
            AmqpArray array => array.Items,
            IReadOnlyList<object?> list => list,
            _ => [],
        };
        return items.Count is > 0 and <= MostItems ? [.. items] : throw Missing(name, $"1 to {MostItems} items");
    }

    private static long? Whole(object? value) => value switch
    {
        long number => number,
        int number => number,
        uint number => number,
        short number => number,
        ushort number => number,
        byte number => number,
        sbyte number => number,
        ulong number and <= long.MaxValue => (long)number,
        _ => null,
    };
}
