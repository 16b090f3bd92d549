namespace Azure.Messaging.ServiceBus;

/// <summary>Why an operation failed; the numbers are those of the SDK.</summary>
public enum ServiceBusFailureReason
{
    GeneralError = 0,
    MessagingEntityNotFound = 1,
    MessageLockLost = 2,
    MessageNotFound = 3,
    MessageSizeExceeded = 4,
    MessagingEntityDisabled = 5,
    QuotaExceeded = 6,
    ServiceBusy = 7,
    ServiceTimeout = 8,
    ServiceCommunicationProblem = 9,
    SessionCannotBeLocked = 10,
    SessionLockLost = 11,
    MessagingEntityAlreadyExists = 12,
}

/// <summary>Where a peeked message stands; a locked one is <see cref="Active"/>.</summary>
public enum ServiceBusMessageState
{
    Active = 0,
    Deferred = 1,
    Scheduled = 2,
}

/// <summary>Whether a received message is locked until it is settled, or gone at once.</summary>
public enum ServiceBusReceiveMode
{
    PeekLock = 0,
    ReceiveAndDelete = 1,
}

/// <summary>The queue itself, or one of the queues beneath it.</summary>
public enum SubQueue
{
    None = 0,
    DeadLetter = 1,
    TransferDeadLetter = 2,
}

/// <summary>How the delay between retries grows; the double does not retry.</summary>
public enum ServiceBusRetryMode
{
    Fixed = 0,
    Exponential = 1,
}

/// <summary>The transport; the double has none.</summary>
public enum ServiceBusTransportType
{
    AmqpTcp = 0,
    AmqpWebSockets = 1,
}
