using Microsoft.Data.Sqlite;

namespace Posthorn.Sqlite.Broker;

/// <summary>
/// What the writer does for whoever holds a session, each inside the writer's transaction; times are Unix milliseconds. A session is an
/// ordering key. Its lock is a row, by which the schema's triggers keep its messages from all others, the worker's pump too.
/// </summary>
internal sealed class SessionStatements(SqliteConnection connection) : IDisposable
{
    private readonly Statement _endLapsed = new(connection, "DELETE FROM session_locks WHERE locked_until <= $0");
    private readonly Statement _isHeld = new(connection, "SELECT 1 FROM session_locks WHERE session_id = $0");
    private readonly Statement _isFirstLeased = new(connection, """
        SELECT 1 FROM messages
        WHERE sequence = (SELECT min(first.sequence) FROM messages first WHERE first.ordering_key = $0 AND first.waits < 2) AND lock_token IS NOT NULL AND visible_at > $1
        """);
    private readonly Statement _next = new(connection, """
        SELECT ordering_key FROM messages INDEXED BY messages_heads
        WHERE ordering_key IS NOT NULL AND waits = 0 AND visible_at <= $0 AND (expires_at IS NULL OR expires_at > $0) ORDER BY sequence LIMIT 1
        """);
    private readonly Statement _lock = new(connection, "INSERT INTO session_locks (session_id, lock_token, locked_until) VALUES ($0, $1, $2)");
    private readonly Statement _until = new(connection, "SELECT locked_until FROM session_locks WHERE session_id = $0 AND lock_token = $1 AND locked_until > $2");
    private readonly Statement _renew = new(connection, "UPDATE session_locks SET locked_until = $2 WHERE session_id = $0 AND lock_token = $1");
    private readonly Statement _renewDeliveries = new(connection, """
        UPDATE messages SET visible_at = $1 FROM session_deliveries held
        WHERE held.session_id = $0 AND messages.sequence = held.sequence AND messages.lock_token = held.lock_token
        """);
    private readonly Statement _giveBack = new(connection, """
        UPDATE messages SET visible_at = due_at, lock_token = NULL, delivery_count = delivery_count - 1 FROM session_deliveries held
        WHERE held.session_id = $0 AND messages.sequence = held.sequence AND messages.lock_token = held.lock_token
        """);
    private readonly Statement _unlock = new(connection, "DELETE FROM session_locks WHERE session_id = $0 AND lock_token = $1");
    private readonly Statement _inLine = new(connection, """
        SELECT sequence, visible_at FROM messages INDEXED BY messages_in_line
        WHERE ordering_key = $0 AND ordering_key IS NOT NULL AND waits < 2 AND (lock_token IS NULL OR visible_at <= $1) AND (expires_at IS NULL OR expires_at > $1)
          AND sequence <= coalesce((SELECT min(place) FROM holds WHERE holds.ordering_key = $0), 9223372036854775807)
        ORDER BY sequence LIMIT $2
        """);
    private readonly Statement _lease = new(connection, $"""
        UPDATE messages SET lock_token = $1, visible_at = $2, delivery_count = delivery_count + 1 WHERE sequence = $0 RETURNING sequence, {LeasedRow.Columns}
        """);
    private readonly Statement _note = new(connection, "INSERT OR REPLACE INTO session_deliveries (sequence, session_id, lock_token) VALUES ($0, $1, $2)");
    private readonly Statement _forget = new(connection, "DELETE FROM session_deliveries WHERE sequence = $0");
    private readonly Statement _setState = new(connection, "INSERT OR REPLACE INTO session_states (session_id, state) VALUES ($0, $1)");
    private readonly Statement _clearState = new(connection, "DELETE FROM session_states WHERE session_id = $0");

    /// <summary>Frees the sessions whose locks have ended; what was received of them and not settled is there again.</summary>
    public void EndLapsed(long now) => _endLapsed.Execute(now);

    /// <summary>Whether somebody has the session, or the worker its first message.</summary>
    public bool IsTaken(string id, long now) => _isHeld.Scalar(id) is not null || _isFirstLeased.Scalar(id, now) is not null;

    /// <summary>The session whose first message is due, and came first; null when there is none.</summary>
    public string? Next(long now) => _next.Scalar(now) as string;

    public void Lock(string id, long key, long until) => _lock.Execute(id, key, until);

    /// <summary>When the lock ends; null when it has, or is not held by this key.</summary>
    public long? Until(string id, long key, long now) => _until.Scalar(id, key, now) as long?;

    /// <summary>Extends the lock, with those on its messages.</summary>
    public bool Renew(string id, long key, long now, long until)
    {
        if (Until(id, key, now) is null) return false;
        _renew.Execute(id, key, until);
        _renewDeliveries.Execute(id, until);
        return true;
    }

    /// <summary>Gives the session up: what was received of it and not settled is there again, and does not count.</summary>
    public bool Release(string id, long key, long now)
    {
        if (Until(id, key, now) is null) return false;
        _giveBack.Execute(id);
        _unlock.Execute(id, key);
        return true;
    }

    /// <summary>
    /// Leases the session's next messages: in order, also while earlier ones are locked; but none behind one that waits for its retry, or
    /// behind the place of a dead letter that holds the key.
    /// </summary>
    public List<LeasedRow> Lease(string id, long key, long until, long now, int max)
    {
        var inLine = _inLine.Query(row => (Sequence: row.GetInt64(0), VisibleAt: SafeRow.Whole(row.GetValue(1)) ?? 0), id, now, max);
        return [.. inLine.TakeWhile(message => message.VisibleAt <= now).SelectMany(message => _lease.Query(LeasedRow.Read, message.Sequence, key, until))];
    }

    /// <summary>Binds a message's lock to its session's.</summary>
    public void Note(string id, long sequence, long key) => _note.Execute(sequence, id, key);

    /// <summary>A message is settled.</summary>
    public void Forget(long sequence) => _forget.Execute(sequence);

    /// <summary>Keeps bytes with the session; null clears them.</summary>
    public void SetState(string id, byte[]? state)
    {
        if (state is null) _clearState.Execute(id);
        else _setState.Execute(id, new ReadOnlyMemory<byte>(state));
    }

    public void Dispose()
    {
        Statement[] all = [_endLapsed, _isHeld, _isFirstLeased, _next, _lock, _until, _renew, _renewDeliveries, _giveBack, _unlock, _inLine, _lease, _note, _forget, _setState, _clearState];
        foreach (var statement in all) statement.Dispose();
    }
}
