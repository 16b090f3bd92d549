using System.Collections.Concurrent;
using System.Transactions;

namespace Posthorn.ServiceBusDouble;

/// <summary>
/// The broker's part in a <see cref="Transaction"/>: it collects what is done and does it all when the transaction commits, or nothing of it.
/// As in the SDK it is the transaction's only resource manager, belongs to the client that used it first, and every failure of a commit leaves
/// the outcome in doubt for the caller, even where the broker knows it.
/// </summary>
internal sealed class BrokerTransaction : IPromotableSinglePhaseNotification
{
    /// <summary>The most messages that one transaction may send or settle.</summary>
    public const int MostMessages = 100;

    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(2);
    private static readonly ConcurrentDictionary<string, BrokerTransaction> Open = new(StringComparer.Ordinal);
    private readonly BrokerConnection _connection;
    private readonly InMemoryNamespace _space;
    private readonly string _id;
    private readonly string _path;
    private readonly DateTimeOffset _begun;
    private readonly List<TransactionStep> _steps = [];
    private bool _isDropped;

    private BrokerTransaction(BrokerConnection connection, string id, string path)
    {
        _connection = connection;
        _space = connection.Reach();
        _id = id;
        _path = path;
        _begun = _space.Now;
    }

    /// <summary>Whether the broker has given it up.</summary>
    public bool IsOver => _isDropped || _space.Now - _begun > Longest;

    /// <summary>The broker's part in the ambient transaction; null when there is none.</summary>
    /// <exception cref="InvalidOperationException">The transaction is another client's, is over, or may not touch the entity.</exception>
    public static BrokerTransaction? Join(BrokerConnection connection, string path)
    {
        if (Transaction.Current is not { } ambient) return null;
        if (ambient.IsolationLevel != IsolationLevel.Serializable) throw new InvalidOperationException("The only supported IsolationLevel is Serializable");
        var joined = Enlisted(ambient, connection, path);
        if (joined._connection != connection) throw Refusal.NoTransaction();
        if (!connection.Options.EnableCrossEntityTransactions && !EntityPaths.AreSame(joined._path, path)) throw Refusal.SpansEntities(joined._path, path);
        return joined;
    }

    /// <summary>Ends those of a namespace whose network dropped, under its gate.</summary>
    public static void Drop(InMemoryNamespace space)
    {
        foreach (var transaction in Open.Values.Where(open => open._space == space)) transaction._isDropped = true;
    }

    /// <summary>Adds a step, under the gate.</summary>
    public void Add(TransactionStep step)
    {
        if (IsOver) throw Refusal.NoTransaction();
        if (_steps.Sum(earlier => earlier.Count) + step.Count > MostMessages) throw Refusal.TooManyInTransaction();
        _steps.Add(step);
    }

    /// <summary>Claims a message that is held, and settles it with the commit; under the gate.</summary>
    public void Settle(BrokerEntity entity, StoredMessage message, Settlement settlement)
    {
        Add(new TransactionStep.Settle(entity, message, settlement));
        message.Claim = this;
    }

    void IPromotableSinglePhaseNotification.Initialize()
    {
    }

    byte[] ITransactionPromoter.Promote() =>
        throw new TransactionPromotionException("Local transactions are not supported with other resource managers/DTC.");

    void IPromotableSinglePhaseNotification.SinglePhaseCommit(SinglePhaseEnlistment singlePhaseEnlistment) => _ = CommitAsync(singlePhaseEnlistment);

    void IPromotableSinglePhaseNotification.Rollback(SinglePhaseEnlistment singlePhaseEnlistment)
    {
        End(BrokerOperation.Rollback);
        singlePhaseEnlistment.Aborted();
    }

    private static BrokerTransaction Enlisted(Transaction ambient, BrokerConnection connection, string path)
    {
        var id = ambient.TransactionInformation.LocalIdentifier;
        if (Open.TryGetValue(id, out var known)) return known;
        var fresh = new BrokerTransaction(connection, id, path);
        var first = Open.GetOrAdd(id, fresh);
        if (first != fresh) return first;
        var isEnlisted = false;
        try
        {
            isEnlisted = ambient.EnlistPromotableSinglePhase(fresh);
        }
        finally
        {
            if (!isEnlisted) Open.TryRemove(id, out _);
        }

        return isEnlisted ? fresh : throw new InvalidOperationException("Local transactions are not supported with other resource managers/DTC.");
    }

    private async Task CommitAsync(SinglePhaseEnlistment enlistment)
    {
        try
        {
            var call = End(BrokerOperation.Commit);
            var fault = _space.Faults.For(call);
            if (fault is not null) await fault.StrikeBeforeAsync(call, CancellationToken.None);
            lock (_space.Gate) Apply();
            fault?.StrikeAfter(call);
            enlistment.Committed();
        }
        catch (TransactionAbortedException error)
        {
            Undo();
            enlistment.Aborted(error);
        }
        catch (Exception error)
        {
            Undo();
            enlistment.InDoubt(error);
        }
    }

    private BrokerCall End(BrokerOperation how)
    {
        Open.TryRemove(_id, out _);
        if (how == BrokerOperation.Rollback) Undo();
        return _space.Calls.Add(how, _path, [.. _steps.SelectMany(step => step.MessageIds)], _space.Now, inTransaction: true);
    }

    private void Apply()
    {
        if (IsOver) throw Refusal.NoTransaction();
        foreach (var queue in _steps.Select(step => step.Queue).Distinct()) _space.Queue(queue.Name);
        foreach (var step in _steps) step.Check(this);
        foreach (var step in _steps) step.Apply(_space.Now);
    }

    /// <summary>Lets go of the messages that were to be settled: their receiver holds them as before. Without effect on what was applied.</summary>
    private void Undo()
    {
        lock (_space.Gate) _steps.ForEach(step => step.Undo(this));
    }
}
