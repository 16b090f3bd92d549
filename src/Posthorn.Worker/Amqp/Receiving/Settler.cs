using Posthorn.Amqp.Performatives;
using Posthorn.Amqp.Types;
using Posthorn.Queues;
using Posthorn.Sqlite.Broker;
using Posthorn.Worker.Amqp.Messages;

namespace Posthorn.Worker.Amqp.Receiving;

/// <summary>Settles messages as their receivers say, and says what came of it.</summary>
internal sealed partial class Settler(SqliteBroker broker, ILogger<Settler> logger)
{
#pragma warning disable CA1031 // Whatever went wrong, the receiver is told; it never waits in vain.
    /// <summary>Carries an outcome out.</summary>
    /// <returns>The outcome that holds: the receiver's own, or a rejection that says why it does not.</returns>
    public async Task<DeliveryState> SettleAsync(BrokerEntity entity, LockToken held, DeliveryState outcome)
    {
        try
        {
            if (Disposition.Of(outcome) is not { } disposition) return new DeliveryState.Rejected(BrokerError.NotImplemented("This outcome is"));
            await broker.SettleAsync(entity, held, await WithPropertiesAsync(entity, held, disposition.How, disposition.Changes));
            // Azure's SDKs take a rejection in the answer for a failure, also of what they rejected themselves.
            return outcome is DeliveryState.Rejected ? DeliveryState.Accept : outcome;
        }
        catch (LockLostException)
        {
            return new DeliveryState.Rejected(BrokerError.Lost());
        }
        catch (QueueUnavailableException unavailable)
        {
            return new DeliveryState.Rejected(BrokerError.Busy(unavailable.Message));
        }
        catch (Exception bug)
        {
            LogCrashed(bug);
            return new DeliveryState.Rejected(BrokerError.Internal());
        }
    }
#pragma warning restore CA1031

    /// <summary>The settlement with the properties that the message has after these changes.</summary>
    public async Task<Settlement> WithPropertiesAsync(BrokerEntity entity, LockToken held, Settlement how, AmqpMap? changes)
    {
        if (changes is not { Count: > 0 } || how is Settlement.Complete) return how;
        var peeked = await broker.PeekAsync(entity, held.SequenceNumber, max: 1);
        return peeked is [{ Message: var message } found] && found.SequenceNumber == held.SequenceNumber ? how with { Properties = PropertyChange.Of(message, changes) } : how;
    }

    [LoggerMessage(92, LogLevel.Critical, "A message could not be settled over AMQP; it comes back when its lock ends", EventName = "AmqpSettlingCrashed")]
    private partial void LogCrashed(Exception bug);
}
