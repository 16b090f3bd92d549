using Azure.Messaging.ServiceBus;
using Posthorn.Queues;
using Posthorn.ServiceBus.Wire;

namespace Posthorn.ServiceBus.DeadLetters;

/// <summary>Puts dead letters back. A copy has the same id when it is done again, so that duplicate detection removes the second one.</summary>
internal sealed class DeadLetterReplay(LetterExchange exchange, MessageWriter writer, TimeProvider clock)
{
    private readonly ReplayPace _pace = new(clock);

    /// <summary>Puts letters back that are under lock.</summary>
    public async Task PutBackAsync(IReadOnlyList<ServiceBusReceivedMessage> letters, ReplayChanges changes)
    {
        try
        {
            await exchange.SettleAsync([.. letters.Select(letter => (letter, (ServiceBusMessage?)Copy(letter, changes)))]);
        }
        catch (MessageTooLargeException) when (letters.Count > 1)
        {
            await ApartAsync(letters, changes); // One of them must not keep the others.
        }
        catch (MessageTooLargeException)
        {
            await exchange.SettleAsync([(letters[0], Copy(letters[0], changes, isCut: true))]);
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
