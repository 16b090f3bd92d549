using Posthorn.Amqp.Types;
using Posthorn.Sqlite.Broker;
using Posthorn.Worker.Amqp.Receiving;
using Posthorn.Worker.Amqp.Transactions;

namespace Posthorn.Worker.Amqp.Management;

/// <summary>Operations on locks: a receiver's that has lost its link, and of what was received by its number.</summary>
internal sealed class DispositionOperations(SqliteBroker broker, Settler settler, TransactionBook transactions)
{
    /// <summary>Extends locks, and tells when they end.</summary>
    public async Task<ManagementReply> RenewAsync(BrokerEntity entity, ManagementRequest request)
    {
        var ends = new List<object?>();
        foreach (var held in request.Locks("lock-tokens")) ends.Add(AmqpTimestamp.From(await broker.RenewAsync(entity, held)));
        return ManagementReply.Ok(new AmqpMap { { "expirations", new AmqpArray(ends) } });
    }

    /// <summary>Settles messages, all or none; at once, or with the request's transaction.</summary>
    public async Task<ManagementReply> UpdateAsync(BrokerEntity entity, ManagementRequest request)
    {
        var how = How(request);
        if (Settler.IsDeadTwice(entity, how)) return ManagementReply.Failed(400, BrokerError.DeadTwice());
        var changes = new List<BrokerChange>();
        foreach (var held in request.Locks("lock-tokens"))
            changes.Add(new BrokerChange.Settle(entity, held, await settler.WithPropertiesAsync(entity, held, how, request.Map("properties-to-modify"))));
        if (request.Transaction is not null && !await AreHeldAsync(entity, request)) return ManagementReply.Failed(410, BrokerError.Lost());
        if (request.Transaction is not { } transaction) await broker.ApplyAsync(changes);
        else if (transactions.Add(request.Connection, transaction, changes) is { } refusal) return ManagementReply.Failed(400, refusal);
        return ManagementReply.Ok();
    }

    private async Task<bool> AreHeldAsync(BrokerEntity entity, ManagementRequest request)
    {
        foreach (var held in request.Locks("lock-tokens"))
            if (!await broker.IsHeldAsync(entity, held)) return false;
        return true;
    }

    /// <summary>"defered" is how the protocol spells it.</summary>
    private static Settlement How(ManagementRequest request) => request.Text("disposition-status") switch
    {
        "completed" => new Settlement.Complete(),
        "abandoned" => new Settlement.Abandon(),
        "defered" => new Settlement.Defer(),
        "suspended" => Disposition.Dead(request.Text("deadletter-reason"), request.Text("deadletter-description")),
        _ => throw ManagementRequest.Missing("disposition-status", "completed, abandoned, defered or suspended"),
    };
}
