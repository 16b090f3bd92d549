namespace Posthorn.Queues;

/// <summary>The queue cannot be used now; whatever was asked for did not happen. Trying again later may help.</summary>
public sealed class QueueUnavailableException(string message, Exception? innerException = null) : Exception(message, innerException);

/// <summary>The lock is gone: it ran out, or another receiver has the message. The message is, or will be, delivered again.</summary>
public sealed class LockLostException(string message) : Exception(message);
