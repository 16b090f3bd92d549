using Microsoft.Data.Sqlite;
using Posthorn.Queues;

namespace Posthorn.Sqlite.Broker;

/// <summary>What the writer does with messages for the front door, each inside the writer's transaction. Times are Unix milliseconds.</summary>
/// <param name="connection">The writer's own.</param>
/// <param name="file">What else the writer can do.</param>
internal sealed class BrokerStatements(SqliteConnection connection, QueueStatements file) : IDisposable
{
    private const string IsScheduled = "lock_token IS NULL AND visible_at > $1 AND waits <> 3";
    private const string IsDeferred = "waits = 3 AND visible_at <= $1 AND (expires_at IS NULL OR expires_at > $1)";
    private readonly Statement _scheduled = new(connection, $"SELECT 1 FROM messages WHERE sequence = $0 AND {IsScheduled}");
    private readonly Statement _cancel = new(connection, $"DELETE FROM messages WHERE sequence = $0 AND {IsScheduled} RETURNING content_id");
    private readonly Statement _held = new(connection, $"SELECT sequence, {LeasedRow.Columns} FROM messages WHERE sequence = $0 AND lock_token = $1 AND visible_at > $2");
    private readonly Statement _defer = new(connection, """
        UPDATE messages SET waits = 3, visible_at = due_at, lock_token = NULL, delivery_count = delivery_count - 1 WHERE sequence = $0 AND lock_token = $1 AND visible_at > $2
        """);
    private readonly Statement _release = new(connection, """
        UPDATE messages SET visible_at = due_at, lock_token = NULL, delivery_count = delivery_count - 1 WHERE sequence = $0 AND lock_token = $1 AND visible_at > $2
        """);
    private readonly Statement _deferred = new(connection, $"SELECT 1 FROM messages WHERE sequence = $0 AND {IsDeferred} AND ($2 IS NULL OR ordering_key = $2)");
    private readonly Statement _leaseDeferred = new(connection, $"""
        UPDATE messages SET lock_token = $2, visible_at = $3, delivery_count = delivery_count + 1 WHERE sequence = $0 AND {IsDeferred} RETURNING sequence, {LeasedRow.Columns}
        """);
    private readonly Statement _renew = new(connection, """
        UPDATE messages SET visible_at = $3 WHERE sequence = $0 AND lock_token = $1 AND visible_at > $2 AND NOT EXISTS (SELECT 1 FROM session_deliveries WHERE session_deliveries.sequence = $0)
        """);
    private readonly Statement _change = new(connection, "UPDATE contents SET properties = $1 WHERE content_id = $0");

    /// <summary>Takes back what is not due yet; the first that cannot be taken back refuses all.</summary>
    /// <returns>The number of that one; null when all are gone.</returns>
    public long? Cancel(IReadOnlyList<long> sequences, long now)
    {
        foreach (var sequence in sequences)
            if (_scheduled.Scalar(sequence, now) is null) return sequence;
        foreach (var sequence in sequences)
            if (_cancel.Scalar(sequence, now) is long content) file.Contents.Delete(content);
        return null;
    }

    /// <summary>Whether the lock is held.</summary>
    public bool IsHeld(LockToken held, long now) => _held.Query(row => row.GetInt64(0), held.SequenceNumber, held.Key, now).Count > 0;

    /// <summary>Settles; false when the lock is not held.</summary>
    public bool Settle(LockToken held, Settlement how, long now)
    {
        file.Sessions.Forget(held.SequenceNumber);
        if (how is Settlement.Complete) return file.Complete(held.SequenceNumber, held.Key, now);
        if (_held.Query(LeasedRow.Read, held.SequenceNumber, held.Key, now) is not [var row]) return false;
        if (how.Properties is { } properties) ChangeContent(row.ContentId, properties);
        return how switch
        {
            Settlement.Abandon => file.Abandon(row.Sequence, held.Key, now),
            Settlement.Release => _release.Execute(row.Sequence, held.Key, now) == 1,
            Settlement.Defer => _defer.Execute(row.Sequence, held.Key, now) == 1,
            Settlement.DeadLetter dead => file.DeadLetters.Bury(row, held.Key, new Death(now, dead.Reason, DeadLetterReason.Bounded(dead.Description), row.Progress), facts: null),
            _ => throw new InvalidOperationException($"{how} settles nothing."),
        };
    }

    /// <summary>Whether the message is deferred, not locked, and of the session when one is named.</summary>
    public bool IsWaiting(long sequence, long now, string? session) => _deferred.Scalar(sequence, now, session) is not null;

    public List<LeasedRow> LeaseDeferred(long sequence, long now, long key, long until) => _leaseDeferred.Query(LeasedRow.Read, sequence, now, key, until);

    /// <summary>Extends a lock; of a session's message it is the session's that can be.</summary>
    public bool Renew(LockToken held, long now, long until) => _renew.Execute(held.SequenceNumber, held.Key, now, until) == 1;

    /// <summary>Gives a content other properties; those that a replay put in the row stay there.</summary>
    public void ChangeContent(long contentId, IReadOnlyDictionary<string, string> properties) =>
        _change.Execute(contentId, SqlValue.Utf8(PropertiesJson.Write(Overrides.Divide(properties).Content)));

    public void Dispose()
    {
        foreach (var statement in new[] { _scheduled, _cancel, _held, _release, _defer, _deferred, _leaseDeferred, _renew, _change }) statement.Dispose();
    }
}
