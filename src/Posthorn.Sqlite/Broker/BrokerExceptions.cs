namespace Posthorn.Sqlite.Broker;

/// <summary>A message that was asked for by its number is not there, is not in the state that was asked for, or is locked.</summary>
public sealed class MessageNotFoundException(long sequenceNumber) : Exception($"there is no such message with the number {sequenceNumber}, or it is locked");

/// <summary>The named session is held by another receiver, or the worker delivers its first message just now.</summary>
public sealed class SessionLockedException(string sessionId) : Exception($"the session '{sessionId}' cannot be accepted: another receiver holds it");

/// <summary>The lock on the session ran out, or was given up; what was received of it and not settled comes again.</summary>
public sealed class SessionLockLostException(string sessionId) : Exception($"the lock on the session '{sessionId}' is gone");
