using Posthorn.Amqp.Performatives;

namespace Posthorn.Worker.Amqp;

/// <summary>The errors of Azure Service Bus, by the conditions its SDKs know.</summary>
internal static class BrokerError
{
    /// <summary>The lock ended.</summary>
    public const string LockLost = "com.microsoft:message-lock-lost";

    /// <summary>The lock on the session ended.</summary>
    public const string SessionLockLost = "com.microsoft:session-lock-lost";

    /// <summary>Another receiver has the session.</summary>
    public const string SessionCannotBeLocked = "com.microsoft:session-cannot-be-locked";

    /// <summary>Nothing came in time.</summary>
    public const string Timeout = "com.microsoft:timeout";

    /// <summary>There is no such message.</summary>
    public const string MessageNotFound = "com.microsoft:message-not-found";

    /// <summary>Come again later: the SDKs do so in ten seconds.</summary>
    public const string ServerBusy = "com.microsoft:server-busy";

    /// <summary>What a request holds is not what it takes.</summary>
    public const string ArgumentError = "com.microsoft:argument-error";

    /// <summary>There is no such entity; the SDK for .NET tells it by this sentence.</summary>
    public static AmqpError NoEntity(EntityAddress address) => new(ErrorCondition.NotFound, $"The messaging entity '{Shown(address.Path)}' could not be found.");

    /// <summary>No claim covers it.</summary>
    public static AmqpError Unauthorized(EntityAddress address) =>
        new(ErrorCondition.UnauthorizedAccess, $"Unauthorized access to '{Shown(address.Path)}': no valid claim was put on $cbs for it.");

    /// <summary>It is not done here.</summary>
    public static AmqpError NotImplemented(string what) => new(ErrorCondition.NotImplemented, $"{what} not supported by this queue.");

    /// <summary>The queue cannot be used now.</summary>
    public static AmqpError Busy(string cause) => new(ServerBusy, $"The queue cannot be used now: {cause}");

    /// <summary>The lock ended.</summary>
    public static AmqpError Lost() => new(LockLost, "The lock supplied is invalid. Either the lock expired, or the message has already been removed from the queue.");

    /// <summary>The lock on the session ended.</summary>
    public static AmqpError SessionLost() => new(SessionLockLost, "The session lock has expired on the message session. Accept the session anew.");

    /// <summary>From the dead letters there is no such way.</summary>
    public static AmqpError DeadTwice() => new(ErrorCondition.NotAllowed, "A dead letter cannot be dead-lettered.");

    /// <summary>There is no such transaction; the SDK for .NET tells it by this sentence.</summary>
    public static AmqpError NoTransaction() =>
        new(ErrorCondition.NotAllowed, "No active transaction was found. The transaction may have timed out or attempted to span multiple connections. The server's timeout is 00:02:00.");

    /// <summary>Something here broke; the log has it.</summary>
    public static AmqpError Internal() => new(ErrorCondition.InternalError, "The server met an error of its own.");

    private static string Shown(string path) => path.Length <= 260 ? path : path[..260];
}
