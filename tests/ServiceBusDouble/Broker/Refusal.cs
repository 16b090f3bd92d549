using Azure.Messaging.ServiceBus;

namespace Posthorn.ServiceBusDouble;

/// <summary>The broker's refusals, as the SDK turns them into exceptions.</summary>
internal static class Refusal
{
    public static ServiceBusException Of(ServiceBusFailureReason reason, string? path = null) => new(TextOf(reason), reason, path);

    public static ServiceBusException NoSuchEntity(string path) =>
        new($"The messaging entity '{path}' could not be found.", ServiceBusFailureReason.MessagingEntityNotFound, path);

    public static ServiceBusException Unreachable(string host) =>
        new($"No such host is known: {host}", ServiceBusFailureReason.ServiceCommunicationProblem);

    public static ServiceBusException LockLost() => Of(ServiceBusFailureReason.MessageLockLost);

    public static ServiceBusException SessionLockLost() => Of(ServiceBusFailureReason.SessionLockLost);

    public static ServiceBusException SessionTaken(string session, string path) =>
        new($"The requested session '{session}' cannot be accepted. Another receiver may hold it.", ServiceBusFailureReason.SessionCannotBeLocked, path);

    public static ServiceBusException NotFound(string path) =>
        new("Failed to lock one or more specified messages. The message does not exist.", ServiceBusFailureReason.MessageNotFound, path);

    public static ServiceBusException TooLarge(long size, long limit, string path) =>
        new($"The message (size: {size} bytes) is larger than is currently allowed ({limit} bytes).", ServiceBusFailureReason.MessageSizeExceeded, path);

    public static ServiceBusException QuotaExceeded(string path) =>
        new("The maximum entity size has been reached or exceeded.", ServiceBusFailureReason.QuotaExceeded, path);

    public static InvalidOperationException SessionIdMissing(string path) => new(
        $"The SessionId was not set on a message, and it cannot be sent to the entity '{path}'. "
        + "Entities that have session support enabled can only receive messages that have the SessionId set to a valid value.");

    public static InvalidOperationException NeedsSessionReceiver(string path) =>
        new($"It is not possible for an entity that requires sessions to create a non-sessionful message receiver: '{path}'.");

    public static InvalidOperationException HasNoSessions(string path) =>
        new($"A sessionful message receiver cannot be created on an entity that does not require sessions: '{path}'.");

    public static InvalidOperationException AlreadyDead(string path) =>
        new($"A message of the dead-letter queue cannot be dead-lettered again: '{path}'.");

    public static InvalidOperationException SpansEntities(string first, string other) =>
        new($"Local transactions cannot span multiple top-level entities such as queue or topic: '{first}' and '{other}'.");

    public static InvalidOperationException NoTransaction() => new(
        "No active transaction was found. The transaction may have timed out or attempted to span multiple connections. The server's timeout is 00:02:00.");

    public static InvalidOperationException TooManyInTransaction() => new("Cannot send or settle more than 100 messages in a single transaction.");

    public static InvalidOperationException ScheduleInTransaction() => new("Scheduling and cancelling cannot be part of a transaction.");

    private static string TextOf(ServiceBusFailureReason reason) => reason switch
    {
        ServiceBusFailureReason.MessageLockLost => "The lock supplied is invalid. Either it expired, or the message has already been removed from the queue.",
        ServiceBusFailureReason.SessionLockLost => "The session lock was lost. Request a new session receiver.",
        ServiceBusFailureReason.ServiceBusy => "The request was terminated because the namespace is being throttled. Error code: 50009.",
        ServiceBusFailureReason.ServiceTimeout => "The operation did not complete within the allotted time.",
        ServiceBusFailureReason.ServiceCommunicationProblem => "The connection was closed.",
        ServiceBusFailureReason.QuotaExceeded => "The maximum entity size has been reached or exceeded.",
        ServiceBusFailureReason.MessagingEntityDisabled => "The entity is disabled.",
        _ => $"The service refused: {reason}.",
    };
}
