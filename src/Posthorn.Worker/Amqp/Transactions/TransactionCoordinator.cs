using System.Collections.Concurrent;
using Posthorn.Amqp.Connections;
using Posthorn.Amqp.Links;
using Posthorn.Amqp.Performatives;
using Posthorn.Worker.Amqp.Receiving;

namespace Posthorn.Worker.Amqp.Transactions;

/// <summary>Begins and ends the transactions of one control link; what is open when the link is gone is rolled back (AMQP 1.0 §4.5).</summary>
internal sealed class TransactionCoordinator(TransactionBook book, Settler settler, AmqpConnection connection) : ITransactionCoordinator
{
    private readonly ConcurrentDictionary<TransactionId, bool> _mine = new();

    /// <inheritdoc/>
    public ValueTask<DeliveryState> DeclareAsync(CancellationToken cancellationToken)
    {
        if (book.Declare(connection) is not { } transaction) return new(new DeliveryState.Rejected(BrokerError.Busy("too many transactions are open")));
        _mine[transaction.Id] = true;
        return new(new DeliveryState.Declared(transaction.Id));
    }

    /// <inheritdoc/>
    public async ValueTask<DeliveryState> DischargeAsync(TransactionId transaction, bool fail, CancellationToken cancellationToken)
    {
        _mine.TryRemove(transaction, out _);
        var changes = book.End(connection, transaction);
        if (fail) return DeliveryState.Accept;
        return changes is null ? new DeliveryState.Rejected(BrokerError.NoTransaction()) : await settler.ApplyAsync(changes) is { } refusal ? new DeliveryState.Rejected(refusal) : DeliveryState.Accept;
    }

    /// <inheritdoc/>
    public void OnClosed()
    {
        foreach (var transaction in _mine.Keys) book.End(connection, transaction);
    }
}
