using Posthorn.ServiceBusDouble;

namespace Azure.Messaging.ServiceBus;

/// <content>What is done with a received message; within a transaction all of it but the renewal waits for the commit.</content>
public partial class ServiceBusReceiver
{
    public virtual Task CompleteMessageAsync(ServiceBusReceivedMessage message, CancellationToken cancellationToken = default) =>
        SettleAsync(BrokerOperation.Complete, message, new Settlement.Complete(), cancellationToken);

    /// <summary>Lets the message be delivered again, at once; this delivery counts.</summary>
    public virtual Task AbandonMessageAsync(
        ServiceBusReceivedMessage message, IDictionary<string, object>? propertiesToModify = null, CancellationToken cancellationToken = default) =>
        SettleAsync(BrokerOperation.Abandon, message, new Settlement.Abandon(Settlement.Changes(propertiesToModify)), cancellationToken);

    /// <summary>Sets the message aside until it is asked for by its sequence number.</summary>
    public virtual Task DeferMessageAsync(
        ServiceBusReceivedMessage message, IDictionary<string, object>? propertiesToModify = null, CancellationToken cancellationToken = default) =>
        SettleAsync(BrokerOperation.Defer, message, new Settlement.Defer(Settlement.Changes(propertiesToModify)), cancellationToken);

    public virtual Task DeadLetterMessageAsync(
        ServiceBusReceivedMessage message, IDictionary<string, object>? propertiesToModify = null, CancellationToken cancellationToken = default) =>
        BuryAsync(message, propertiesToModify, null, null, cancellationToken);

    /// <exception cref="InvalidOperationException">The properties name another reason or description than the arguments.</exception>
    public virtual Task DeadLetterMessageAsync(
        ServiceBusReceivedMessage message,
        IDictionary<string, object> propertiesToModify,
        string? deadLetterReason,
        string? deadLetterErrorDescription = null,
        CancellationToken cancellationToken = default)
    {
        CheckAgree(Require.NotNull(propertiesToModify, nameof(propertiesToModify)), DeadLetterProperties.Reason, deadLetterReason);
        CheckAgree(propertiesToModify, DeadLetterProperties.Description, deadLetterErrorDescription);
        return BuryAsync(message, propertiesToModify, deadLetterReason, deadLetterErrorDescription, cancellationToken);
    }

    /// <summary>Moves the message to the dead letters; either text may have 4096 characters.</summary>
    public virtual Task DeadLetterMessageAsync(
        ServiceBusReceivedMessage message, string deadLetterReason, string? deadLetterErrorDescription = null, CancellationToken cancellationToken = default) =>
        BuryAsync(message, null, deadLetterReason, deadLetterErrorDescription, cancellationToken);

    /// <summary>
    /// Locks the message for the queue's lock duration from now. It takes effect at once, within a transaction too, and a rollback leaves it.
    /// </summary>
    public virtual async Task RenewMessageLockAsync(ServiceBusReceivedMessage message, CancellationToken cancellationToken = default)
    {
        CheckHeld(message);
        if (this is ServiceBusSessionReceiver)
            throw new InvalidOperationException("Messages cannot be locked when working with sessions. Locks are handled at the session level.");
        var transaction = BrokerTransaction.Join(Connection, EntityPath);
        message.LockedUntil = await Connection.CallAsync(
            BrokerOperation.Renew, EntityPath, IdOf(message), space => Renew(space.Entity(EntityPath), message, space.Now, transaction), cancellationToken);
    }

    private static string[] IdOf(ServiceBusReceivedMessage message) => [message.MessageId ?? ""];

    private static DateTimeOffset Renew(BrokerEntity entity, ServiceBusReceivedMessage message, DateTimeOffset now, BrokerTransaction? transaction)
    {
        var until = entity.Renew(message.LockTokenGuid, now);
        transaction?.Add(new TransactionStep.Renew(entity, message.MessageId ?? ""));
        return until;
    }

    private static void CheckAgree(IDictionary<string, object> properties, string name, string? argument)
    {
        if (argument is not null && properties.TryGetValue(name, out var value) && !argument.Equals(value))
            throw new InvalidOperationException($"Differing values of {name} cannot be specified for both 'propertiesToModify' and its own parameter.");
    }

    private async Task BuryAsync(
        ServiceBusReceivedMessage message, IDictionary<string, object>? properties, string? reason, string? description, CancellationToken cancellationToken)
    {
        Require.NotLonger(reason, DeadLetterProperties.LongestText, "deadLetterReason");
        Require.NotLonger(description, DeadLetterProperties.LongestText, "deadLetterErrorDescription");
        var settlement = new Settlement.DeadLetter(Settlement.Changes(properties), reason, description);
        await SettleAsync(BrokerOperation.DeadLetter, message, settlement, cancellationToken);
    }

    private async Task SettleAsync(BrokerOperation operation, ServiceBusReceivedMessage message, Settlement settlement, CancellationToken cancellationToken)
    {
        CheckHeld(message);
        Require.NotCancelled(cancellationToken);
        var transaction = BrokerTransaction.Join(Connection, EntityPath);
        await Connection.CallAsync(
            operation, EntityPath, IdOf(message), space => Settle(space, message.LockTokenGuid, settlement, transaction), cancellationToken);
    }

    private bool Settle(InMemoryNamespace space, Guid token, Settlement settlement, BrokerTransaction? transaction)
    {
        var entity = space.Entity(EntityPath);
        entity.Check(settlement);
        var held = entity.Held(token, Link, space.LocksOutliveLinks);
        if (transaction is null) entity.Settle(held, settlement);
        else transaction.Settle(entity, held, settlement);
        return true;
    }

    private void CheckHeld(ServiceBusReceivedMessage message)
    {
        Require.NotNull(message, nameof(message));
        CheckOpen();
        if (Deletes) throw new InvalidOperationException("The operation is only supported in 'PeekLock' receive mode.");
        if (message.LockTokenGuid == Guid.Empty)
            throw new InvalidOperationException("This operation is not supported for peeked messages. Only messages received in PeekLock mode can be settled.");
    }
}
