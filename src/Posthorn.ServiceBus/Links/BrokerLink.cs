using System.Transactions;
using Azure.Messaging.ServiceBus;

namespace Posthorn.ServiceBus.Links;

/// <summary>A receiver of the queue, or of one session of it, with the sender of the same client: what a lease is settled by.</summary>
internal class BrokerLink(ServiceBusReceiver receiver, ServiceBusSender sender)
{
    private static readonly TimeSpan LongestTransaction = TimeSpan.FromMinutes(2); // Azure Service Bus.

    /// <summary>The receiver.</summary>
    protected ServiceBusReceiver Receiver => receiver;

    /// <summary>Receives what is due; possibly fewer than asked for.</summary>
    public Task<IReadOnlyList<ServiceBusReceivedMessage>> ReceiveAsync(int max, TimeSpan wait, CancellationToken cancellationToken) =>
        receiver.ReceiveMessagesAsync(max, wait, cancellationToken);

    /// <summary>Removes a message.</summary>
    public virtual Task CompleteAsync(ServiceBusReceivedMessage message) => receiver.CompleteMessageAsync(message);

    /// <summary>Gives a message back at once.</summary>
    public virtual Task AbandonAsync(ServiceBusReceivedMessage message) => receiver.AbandonMessageAsync(message);

    /// <summary>Moves a message to the dead-letter sub-queue.</summary>
    public virtual Task BuryAsync(ServiceBusReceivedMessage message, Dictionary<string, object> properties, string reason, string description) =>
        receiver.DeadLetterMessageAsync(message, properties, reason, description);

    /// <summary>Extends the lock.</summary>
    public virtual Task RenewAsync(ServiceBusReceivedMessage message) => receiver.RenewMessageLockAsync(message);

    /// <summary>The lock of a message that was just received.</summary>
    public virtual LockTerm NewTerm(TimeSpan lockDuration, TimeProvider clock) => new(lockDuration, clock);

    /// <summary>Puts a later copy in a message's place: of these, which are ever smaller, the first that the queue takes.</summary>
    public virtual async Task PutBackAsync(ServiceBusReceivedMessage message, IReadOnlyList<ServiceBusMessage> copies)
    {
        for (var i = 0; i < copies.Count; i++)
        {
            try
            {
                await InOneAsync(message, [copies[i]]);
                return;
            }
            catch (ServiceBusException large) when (large.Reason == ServiceBusFailureReason.MessageSizeExceeded && i < copies.Count - 1)
            {
                // The next one is smaller.
            }
        }
    }

    /// <summary>Puts messages in a message's place.</summary>
    public virtual Task ReplaceAsync(ServiceBusReceivedMessage message, IReadOnlyList<ServiceBusMessage> copies) => InOneAsync(message, copies);

    /// <summary>Sends messages and removes one, in one transaction: a send with a scheduled enqueue time is among what it covers, a schedule is not.</summary>
    private async Task InOneAsync(ServiceBusReceivedMessage message, IReadOnlyList<ServiceBusMessage> copies)
    {
        using var transaction = new CommittableTransaction(LongestTransaction);
        using (var scope = new TransactionScope(transaction, TransactionScopeAsyncFlowOption.Enabled))
        {
            foreach (var copy in copies) await sender.SendMessageAsync(copy);
            await receiver.CompleteMessageAsync(message);
            scope.Complete();
        }

        await Task.Factory.FromAsync(transaction.BeginCommit, transaction.EndCommit, state: null);
    }
}
