using Posthorn.Amqp.Performatives;
using Posthorn.Amqp.Types;
using Posthorn.Queues;
using Posthorn.Sqlite.Broker;
using Posthorn.Worker.Amqp.Messages;

namespace Posthorn.Worker.Amqp.Receiving;

/// <summary>Settles messages as their receivers say, and says what came of it.</summary>
internal sealed partial class Settler(SqliteBroker broker, ILogger<Settler> logger)
{
    /// <summary>Carries an outcome out.</summary>
    /// <returns>The outcome that holds: the receiver's own, or a rejection that says why it does not.</returns>
    public async Task<DeliveryState> SettleAsync(BrokerEntity entity, LockToken held, DeliveryState outcome)
    {
        if (Disposition.Of(outcome) is not { } disposition) return new DeliveryState.Rejected(BrokerError.NotImplemented("This outcome is"));
        if (IsDeadTwice(entity, disposition.How)) return new DeliveryState.Rejected(BrokerError.DeadTwice());
        var refusal = await GuardAsync(async () => await broker.SettleAsync(entity, held, await WithPropertiesAsync(entity, held, disposition.How, disposition.Changes)));
        if (refusal is not null) return new DeliveryState.Rejected(refusal);
        // Azure's SDKs take a rejection in the answer for a failure, also of what they rejected themselves.
        return outcome is DeliveryState.Rejected ? DeliveryState.Accept : outcome;
    }

    /// <summary>What an outcome comes to when its transaction commits.</summary>
    public async Task<(BrokerChange? Change, AmqpError? Refusal)> PlanAsync(BrokerEntity entity, LockToken held, DeliveryState outcome)
    {
        if (Disposition.Of(outcome) is not { } disposition) return (null, BrokerError.NotImplemented("This outcome is"));
        if (IsDeadTwice(entity, disposition.How)) return (null, BrokerError.DeadTwice());
        if (!await broker.IsHeldAsync(entity, held)) return (null, BrokerError.Lost());
        BrokerChange? change = null;
        var refusal = await GuardAsync(async () => change = new BrokerChange.Settle(entity, held, await WithPropertiesAsync(entity, held, disposition.How, disposition.Changes)));
        return (change, refusal);
    }

    /// <summary>Makes changes, all or none; an error says why not.</summary>
    public Task<AmqpError?> ApplyAsync(IReadOnlyList<BrokerChange> changes) => GuardAsync(() => broker.ApplyAsync(changes));

    /// <summary>Whether a dead letter is to be dead-lettered.</summary>
    public static bool IsDeadTwice(BrokerEntity entity, Settlement how) => entity == BrokerEntity.DeadLetters && how is Settlement.DeadLetter;

    /// <summary>The settlement with the properties that the message has after these changes.</summary>
    public async Task<Settlement> WithPropertiesAsync(BrokerEntity entity, LockToken held, Settlement how, AmqpMap? changes)
    {
        if (changes is not { Count: > 0 } || how is Settlement.Complete) return how;
        var peeked = await broker.PeekAsync(entity, held.SequenceNumber, max: 1);
        return peeked is [{ Message: var message } found] && found.SequenceNumber == held.SequenceNumber ? how with { Properties = PropertyChange.Of(message, changes) } : how;
    }

#pragma warning disable CA1031 // Whatever went wrong, the receiver is told; it never waits in vain.
    private async Task<AmqpError?> GuardAsync(Func<Task> settle)
    {
        try
        {
            await settle();
            return null;
        }
        catch (LockLostException)
        {
            return BrokerError.Lost();
        }
        catch (QueueUnavailableException unavailable)
        {
            return BrokerError.Busy(unavailable.Message);
        }
        catch (Exception bug)
        {
            LogCrashed(bug);
            return BrokerError.Internal();
        }
    }
#pragma warning restore CA1031

    [LoggerMessage(92, LogLevel.Critical, "A message could not be settled over AMQP; it comes back when its lock ends", EventName = "AmqpSettlingCrashed")]
    private partial void LogCrashed(Exception bug);
}
