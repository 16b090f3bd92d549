using Posthorn.Amqp.Performatives;
using Posthorn.Amqp.Types;
using Posthorn.Queues;

namespace Posthorn.Worker.Amqp.Receiving;

/// <summary>Settles held messages as their receivers say, and says what came of it.</summary>
internal sealed partial class Settlement(LockTable locks, ILogger<Settlement> logger)
{
    private const string DeadLetterCondition = "com.microsoft:dead-letter";
    private const string Reason = "DeadLetterReason";
    private const string Description = "DeadLetterErrorDescription";

    /// <summary>Carries an outcome out.</summary>
    /// <returns>The outcome that holds: the receiver's own, or a rejection that says why it does not.</returns>
    public Task<DeliveryState> SettleAsync(Guid token, DeliveryState outcome) => outcome switch
    {
        DeliveryState.Accepted => DoAsync(token, outcome, held => held.CompleteAsync()),
        DeliveryState.Released => DoAsync(token, outcome, held => held.AbandonAsync()),
        DeliveryState.Modified { UndeliverableHere: true } => Task.FromResult<DeliveryState>(new DeliveryState.Rejected(BrokerError.NotImplemented("Deferred messages are"))),
        DeliveryState.Modified => DoAsync(token, outcome, held => held.AbandonAsync()),
        // Azure's SDKs take a rejection in the answer for a failure, also of what they rejected themselves.
        DeliveryState.Rejected(var error) => DoAsync(token, DeliveryState.Accept, held => DeadLetterAsync(held, error)),
        _ => Task.FromResult<DeliveryState>(new DeliveryState.Rejected(BrokerError.NotImplemented("This outcome is"))),
    };

#pragma warning disable CA1031 // Whatever went wrong, the receiver is told; it never waits in vain.
    private async Task<DeliveryState> DoAsync(Guid token, DeliveryState outcome, Func<IHeldMessage, Task> settle)
    {
        if (locks.Take(token) is not { } held) return new DeliveryState.Rejected(BrokerError.Lost());
        try
        {
            await settle(held);
            return outcome;
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

    /// <summary>The reason is in the error's map; a client of another make says no more than its error.</summary>
    private static Task DeadLetterAsync(IHeldMessage held, AmqpError? error)
    {
        var isServiceBus = error?.Condition.Value == DeadLetterCondition;
        var reason = Text(error?.Info, Reason) ?? (isServiceBus ? "" : error?.Condition.Value) ?? "";
        return held.DeadLetterAsync(DeadLetterReason.Bounded(reason), DeadLetterReason.Bounded(Text(error?.Info, Description) ?? error?.Description ?? ""));
    }

    private static string? Text(AmqpMap? map, string name) => map is null ? null : (map[name] ?? map[new Symbol(name)]) as string;

    [LoggerMessage(92, LogLevel.Critical, "A message could not be settled over AMQP; it comes back when its lock ends", EventName = "AmqpSettlingCrashed")]
    private partial void LogCrashed(Exception bug);
}
