namespace Posthorn.Queues;

/// <summary>The queue cannot be used now; whatever was asked for did not happen, or nobody knows whether it did. Trying again later may help.</summary>
public sealed class QueueUnavailableException(string message, Exception? innerException = null) : Exception(message, innerException);

/// <summary>The lock is gone: it ran out, or another receiver has the message. The message is, or will be, delivered again.</summary>
public sealed class LockLostException(string message) : Exception(message);

/// <summary>The queue does not take a message of this size (Azure Service Bus Standard: 256 KB with its properties). Trying again does not help.</summary>
public sealed class MessageTooLargeException(string message, Exception? innerException = null) : Exception(message, innerException);
