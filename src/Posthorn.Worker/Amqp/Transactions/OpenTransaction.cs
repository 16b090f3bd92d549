using Posthorn.Amqp.Connections;
using Posthorn.Amqp.Performatives;
using Posthorn.Sqlite.Broker;

namespace Posthorn.Worker.Amqp.Transactions;

/// <summary>What a client wants done together: it is collected, and done when the transaction is discharged. What it settles stays locked until then.</summary>
internal sealed class OpenTransaction(AmqpConnection connection, TransactionId id, DateTimeOffset declaredAt)
{
    /// <summary>The most messages that are sent and settled in one (Azure Service Bus).</summary>
    public const int MostMessages = 100;

    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(2); // Azure Service Bus.
    private readonly List<BrokerChange> _changes = [];
    private readonly Lock _gate = new();
    private int _messages;
    private bool _isOver;

    /// <summary>The connection that it belongs to.</summary>
    public AmqpConnection Connection => connection;

    /// <summary>Its id.</summary>
    public TransactionId Id => id;

    /// <summary>The bytes that it keeps in memory.</summary>
    public long Bytes { get; private set; }

    /// <summary>Whether it was open too long.</summary>
    public bool IsLate(DateTimeOffset now) => now - declaredAt > Longest;

    /// <summary>Adds what is to be done; an error says why not.</summary>
    /// <param name="changes">What.</param>
    /// <param name="bytes">The bytes that this keeps in memory.</param>
    public AmqpError? Add(IReadOnlyList<BrokerChange> changes, int bytes)
    {
        lock (_gate)
        {
            if (_isOver) return BrokerError.NoTransaction();
            var more = changes.Sum(change => change is BrokerChange.Send send ? send.Messages.Count : 1);
            if (_messages + more > MostMessages) return new AmqpError(ErrorCondition.NotAllowed, $"Cannot send or settle more than {MostMessages} messages in a single transaction.");
            _messages += more;
            _changes.AddRange(changes);
            Bytes += bytes;
            return null;
        }
    }

    /// <summary>Ends it; the answer is what it holds.</summary>
    public IReadOnlyList<BrokerChange> End()
    {
        lock (_gate)
        {
            _isOver = true;
            return _changes;
        }
    }
}
