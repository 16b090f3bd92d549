using Azure.Messaging.ServiceBus;
using Posthorn.Queues;
using Posthorn.ServiceBus.Links;
using Posthorn.ServiceBus.Wire;

namespace Posthorn.ServiceBus.Receiving.Sessions;

/// <summary>Settles the messages of a session, and keeps the session's order by it.</summary>
/// <param name="session">The receiver.</param>
/// <param name="sender">The sender of the same client.</param>
/// <param name="order">The order; null where there is none to keep, as the messages have no key.</param>
/// <param name="term">The session's lock, which is that of all its messages.</param>
/// <param name="ended">Told when a message is settled, or cannot be, with whether the session may go on.</param>
internal sealed class SessionLink(ServiceBusSessionReceiver session, ServiceBusSender sender, OrderedSession? order, LockTerm term, Action<bool> ended) : BrokerLink(session, sender)
{
    public override LockTerm NewTerm(TimeSpan lockDuration, TimeProvider clock) => term;

    public override async Task RenewAsync(ServiceBusReceivedMessage message)
    {
        try
        {
            await session.RenewSessionLockAsync();
        }
        catch (Exception failure) when (failure is ObjectDisposedException || session.IsClosed)
        {
            throw LetGo();
        }
    }

    public override Task CompleteAsync(ServiceBusReceivedMessage message) => EndingAsync(async () =>
    {
        await base.CompleteAsync(message);
        if (order is not null) await order.DoneAsync(message);
    });

    public override Task AbandonAsync(ServiceBusReceivedMessage message) => EndingAsync(
        async () =>
        {
            if (order is not null) await order.GiveBackAsync(message);
            await base.AbandonAsync(message);
        },
        mayGoOn: false);

    public override Task PutBackAsync(ServiceBusReceivedMessage message, IReadOnlyList<ServiceBusMessage> copies) => EndingAsync(
        async () =>
        {
            if (order is not null) await order.WaitForAsync(message, copies[0].ScheduledEnqueueTime);
            await base.PutBackAsync(message, copies);
            if (order is not null) await order.LeftAsync(message);
        },
        staysWhenTooLarge: true);

    public override Task ReplaceAsync(ServiceBusReceivedMessage message, IReadOnlyList<ServiceBusMessage> copies) => EndingAsync(async () =>
    {
        await base.ReplaceAsync(message, copies);
        if (order is not null) await order.DoneAsync(message);
    });

    public override Task BuryAsync(ServiceBusReceivedMessage message, Dictionary<string, object> properties, string reason, string description) => EndingAsync(async () =>
    {
        var isHeld = order is not null && await order.HoldForDeadAsync(message);
        if (isHeld) properties.Add(MessageWriter.Holding.Key, MessageWriter.Holding.Value);
        await base.BuryAsync(message, properties, reason, description);
        if (order is null) return;
        if (isHeld) await order.LeftAsync(message);
        else await order.DoneAsync(message);
    });

    /// <summary>After a failure nobody knows where the session stands: it is given up, and read again by its next holder.</summary>
    private async Task EndingAsync(Func<Task> settle, bool mayGoOn = true, bool staysWhenTooLarge = false)
    {
        try
        {
            await settle();
        }
        catch (ServiceBusException large) when (staysWhenTooLarge && large.Reason == ServiceBusFailureReason.MessageSizeExceeded)
        {
            throw; // It is buried instead.
        }
        catch (Exception failure)
        {
            ended(false);
            if (failure is ObjectDisposedException) throw LetGo();
            throw;
        }

        ended(mayGoOn);
    }

    /// <summary>The receiver of a session is closed when its lock has ended, or the queue was closed: in both cases the lock is gone.</summary>
    private static LockLostException LetGo() => new("the lock on its session is gone: it ran out, or the queue was closed");
}
