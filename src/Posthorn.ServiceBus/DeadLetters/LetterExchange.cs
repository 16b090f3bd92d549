using System.Transactions;
using Azure.Messaging.ServiceBus;

namespace Posthorn.ServiceBus.DeadLetters;

/// <summary>
/// Removes dead letters that are under lock, and sends to the queue what comes in their place: the completion in the dead-letter
/// sub-queue and the send in one transaction over both. Where the broker has no such transactions, it sends first and then completes.
/// </summary>
internal sealed class LetterExchange(ServiceBusReceiver dead, ServiceBusSender alive)
{
    /// <summary>100 messages in one transaction (Azure Service Bus), and each letter may be two.</summary>
    public const int AtOnce = 50;

    private volatile bool _cannotCross;

    /// <summary>Removes letters, each with what comes in its place, if anything does.</summary>
    public async Task SettleAsync(IReadOnlyList<(ServiceBusReceivedMessage Letter, ServiceBusMessage? Instead)> pairs)
    {
        if (pairs.All(pair => pair.Instead is null)) await Task.WhenAll(pairs.Select(pair => CompleteAsync(pair.Letter)));
        else if (_cannotCross || !await TryInOneAsync(pairs)) await OneByOneAsync(pairs);
    }

    private Task CompleteAsync(ServiceBusReceivedMessage letter) => ServiceBusFailures.GuardAsync(() => dead.CompleteMessageAsync(letter));

    private async Task OneByOneAsync(IReadOnlyList<(ServiceBusReceivedMessage Letter, ServiceBusMessage? Instead)> pairs)
    {
        foreach (var (letter, instead) in pairs)
        {
            if (instead is not null) await ServiceBusFailures.GuardAsync(() => alive.SendMessageAsync(instead));
            await CompleteAsync(letter);
        }
    }

    private async Task<bool> TryInOneAsync(IReadOnlyList<(ServiceBusReceivedMessage Letter, ServiceBusMessage? Instead)> pairs)
    {
        try
        {
            await ServiceBusFailures.GuardAsync(() => InOneAsync(pairs));
            return true;
        }
        catch (Exception unsupported) when (unsupported is InvalidOperationException or NotSupportedException)
        {
            _cannotCross = true;
            return false;
        }
    }

    private async Task InOneAsync(IReadOnlyList<(ServiceBusReceivedMessage Letter, ServiceBusMessage? Instead)> pairs)
    {
        using var transaction = new CommittableTransaction();
        using (var scope = new TransactionScope(transaction, TransactionScopeAsyncFlowOption.Enabled))
        {
            foreach (var (letter, _) in pairs) await dead.CompleteMessageAsync(letter); // First, so that the transaction goes through this entity.
            foreach (var (_, instead) in pairs)
                if (instead is not null) await alive.SendMessageAsync(instead);
            scope.Complete();
        }

        await Task.Factory.FromAsync(transaction.BeginCommit, transaction.EndCommit, state: null);
    }
}
