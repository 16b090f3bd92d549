using System.Collections.Concurrent;
using System.Security.Cryptography;
using Posthorn.Amqp.Connections;
using Posthorn.Amqp.Performatives;
using Posthorn.Sqlite.Broker;

namespace Posthorn.Worker.Amqp.Transactions;

/// <summary>The transactions that are open (AMQP 1.0 §4). One belongs to the connection that declared it.</summary>
internal sealed class TransactionBook(TimeProvider clock)
{
    private const int MostOpen = 10_000;
    private const long MostBytes = 64 * 1024 * 1024;
    private const int IdLength = 16;
    private readonly ConcurrentDictionary<TransactionId, OpenTransaction> _open = new();
    private long _bytes;

    /// <summary>Begins one; null when there are too many.</summary>
    public OpenTransaction? Declare(AmqpConnection connection)
    {
        DropLate();
        if (_open.Count >= MostOpen) return null;
        var id = new TransactionId(RandomNumberGenerator.GetBytes(IdLength));
        return _open[id] = new OpenTransaction(connection, id, clock.GetUtcNow());
    }

    /// <summary>Adds what is to be done when a transaction is discharged; an error says why not.</summary>
    /// <param name="connection">Who wants it.</param>
    /// <param name="id">The transaction.</param>
    /// <param name="changes">What.</param>
    /// <param name="bytes">The bytes that this keeps in memory.</param>
    public AmqpError? Add(AmqpConnection connection, TransactionId id, IReadOnlyList<BrokerChange> changes, int bytes = 0)
    {
        if (Find(connection, id) is not { } transaction) return BrokerError.NoTransaction();
        if (Interlocked.Add(ref _bytes, bytes) > MostBytes)
        {
            Interlocked.Add(ref _bytes, -bytes);
            return BrokerError.Busy("too much is held in transactions");
        }

        if (transaction.Add(changes, bytes) is not { } refusal) return null;
        Interlocked.Add(ref _bytes, -bytes);
        return refusal;
    }

    /// <summary>Ends a transaction; the answer is what it holds, null when there is none.</summary>
    public IReadOnlyList<BrokerChange>? End(AmqpConnection connection, TransactionId id) => Find(connection, id) is { } transaction ? End(transaction) : null;

    private OpenTransaction? Find(AmqpConnection connection, TransactionId id)
    {
        if (!_open.TryGetValue(id, out var transaction) || transaction.Connection != connection) return null;
        if (!transaction.IsLate(clock.GetUtcNow())) return transaction;
        End(transaction);
        return null;
    }

    private IReadOnlyList<BrokerChange>? End(OpenTransaction transaction)
    {
        if (!_open.TryRemove(transaction.Id, out _)) return null;
        var changes = transaction.End();
        Interlocked.Add(ref _bytes, -transaction.Bytes);
        return changes;
    }

    private void DropLate()
    {
        var now = clock.GetUtcNow();
        foreach (var transaction in _open.Values)
            if (transaction.IsLate(now)) End(transaction);
    }
}
