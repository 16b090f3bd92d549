using Posthorn.Diagnostics;

namespace Posthorn.Sqlite;

/// <summary>The <see cref="FailPoint"/>s of the embedded queue. Those in <c>-ing</c> are inside a transaction, between two of its statements.</summary>
public static class QueuePoints
{
    /// <summary>A new message's content is there, and the message is not.</summary>
    public const string Enqueuing = "sqlite.enqueuing";

    /// <summary>New messages are committed, and the producer does not know it.</summary>
    public const string Enqueued = "sqlite.enqueued";

    /// <summary>A done message is gone, and its content is not.</summary>
    public const string Completing = "sqlite.completing";

    /// <summary>A message is put back for its retry.</summary>
    public const string Retrying = "sqlite.retrying";

    /// <summary>The dead letter is there, and so is the message.</summary>
    public const string Burying = "sqlite.burying";

    /// <summary>The message is back on the queue, and the dead letter is still there.</summary>
    public const string Replaying = "sqlite.replaying";

    /// <summary>A replay is committed, and who asked for it does not know it.</summary>
    public const string Replayed = "sqlite.replayed";

    /// <summary>A message is gone, and nothing of what replaces it is there.</summary>
    public const string Replacing = "sqlite.replacing";

    /// <summary>A new file has its tables.</summary>
    public const string Migrating = "sqlite.migrating";

    /// <summary>All of a transaction is written but its COMMIT.</summary>
    public const string Committing = "sqlite.committing";

    /// <summary>A transaction is committed, and nobody who waits for it knows: with <c>throw</c>, a commit that is in doubt.</summary>
    public const string Committed = "sqlite.committed";
}
