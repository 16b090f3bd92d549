using System.Transactions;
using Azure.Messaging.ServiceBus;
using Posthorn.Queues;
using Posthorn.ServiceBus.Wire;

namespace Posthorn.ServiceBus.DeadLetters;

/// <summary>
/// Puts dead letters back: the completion in the dead-letter sub-queue and the send to the queue in one transaction over both. Where the
/// broker has no such transactions, it sends first and then completes: the ids are the same when it is done again, so duplicate
/// detection removes the second copy.
/// </summary>
internal sealed class DeadLetterReplay(ServiceBusReceiver dead, ServiceBusSender alive, MessageWriter writer, TimeProvider clock)
{
    /// <summary>100 messages in one transaction (Azure Service Bus), and each letter is two.</summary>
    public const int AtOnce = 50;

    private readonly ReplayPace _pace = new(clock);
    private volatile bool _cannotCross;

    /// <summary>Puts letters back that are under lock.</summary>
    public async Task PutBackAsync(IReadOnlyList<ServiceBusReceivedMessage> letters, ReplayChanges changes)
    {
        try
        {
            await TogetherAsync([.. letters.Select(letter => (letter, Copy(letter, changes)))]);
        }
        catch (MessageTooLargeException) when (letters.Count > 1)
        {
            await ApartAsync(letters, changes); // One of them must not keep the others.
        }
        catch (MessageTooLargeException)
        {
            await TogetherAsync([(letters[0], Copy(letters[0], changes, isCut: true))]);
        }
    }

    /// <summary>Each by itself; what fails is told when all have been tried.</summary>
    private async Task ApartAsync(IReadOnlyList<ServiceBusReceivedMessage> letters, ReplayChanges changes)
    {
        MessageTooLargeException? failure = null;
        foreach (var letter in letters)
        {
            try
            {
                await PutBackAsync([letter], changes);
            }
            catch (MessageTooLargeException large)
            {
                failure = large;
            }
        }

        if (failure is not null) throw failure;
    }

    private async Task TogetherAsync(IReadOnlyList<(ServiceBusReceivedMessage Letter, ServiceBusMessage Copy)> pairs)
    {
        if (_cannotCross || !await TryInOneAsync(pairs)) await OneByOneAsync(pairs);
    }

    private async Task OneByOneAsync(IReadOnlyList<(ServiceBusReceivedMessage Letter, ServiceBusMessage Copy)> pairs)
    {
        foreach (var (letter, copy) in pairs)
        {
            await ServiceBusFailures.GuardAsync(() => alive.SendMessageAsync(copy));
            await ServiceBusFailures.GuardAsync(() => dead.CompleteMessageAsync(letter));
        }
    }

    private async Task<bool> TryInOneAsync(IReadOnlyList<(ServiceBusReceivedMessage Letter, ServiceBusMessage Copy)> pairs)
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

    private async Task InOneAsync(IReadOnlyList<(ServiceBusReceivedMessage Letter, ServiceBusMessage Copy)> pairs)
    {
        using var transaction = new CommittableTransaction();
        using (var scope = new TransactionScope(transaction, TransactionScopeAsyncFlowOption.Enabled))
        {
            foreach (var (letter, _) in pairs) await dead.CompleteMessageAsync(letter); // First, so that the transaction goes through this entity.
            foreach (var (_, copy) in pairs) await alive.SendMessageAsync(copy);
            scope.Complete();
        }

        await Task.Factory.FromAsync(transaction.BeginCommit, transaction.EndCommit, state: null);
    }

    /// <summary>The copy that goes back; of a letter that its history makes too large, one that is cut to its newest attempt.</summary>
    private ServiceBusMessage Copy(ServiceBusReceivedMessage received, ReplayChanges changes, bool isCut = false)
    {
        var letter = LetterReader.Letter(received);
        var progress = letter.Progress with { AttemptsMade = 0, Postponements = 0, Replays = letter.Progress.Replays + 1 };
        if (isCut) progress = progress.Newest();
        var copy = writer.Copy(ReplayedMessage.Of(letter, changes), new WireState { Progress = progress, EnqueuedAt = letter.EnqueuedAt }, received.SequenceNumber, _pace.Next(), clock.GetUtcNow());
        // One that was imported may have been replayed before under this id: its number makes it another one.
        if (MessageReader.State(received).Death is not null) copy.MessageId = MessageIds.Bounded($"{copy.MessageId}.{received.SequenceNumber}");
        return copy;
    }
}
