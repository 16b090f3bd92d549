using Microsoft.Data.Sqlite;
using Posthorn.Diagnostics;
using Posthorn.Envelopes;
using Posthorn.Queues;

namespace Posthorn.Sqlite;

/// <summary>What the writer can do to the file, each inside the writer's transaction. Times are Unix milliseconds.</summary>
internal sealed class QueueStatements : IDisposable
{
    private const string State = "content_id, message_id, enqueued_at, expires_at, due_at, delivery_count, attempts_made, postponements, replays, attempts";

    /// <summary>
    /// Mail that is due at once is put this far back in the order, in milliseconds: fresh mail goes before retries, those of the
    /// last quarter of an hour at most, and stays due when the clock is set back by less.
    /// </summary>
    private const long HeadStart = 15 * 60 * 1000;

    private const string Death = $"""
        INSERT INTO dead_letters (content_id, message_id, enqueued_at, dead_lettered_at, reason, description, delivery_count, attempts_made, postponements, replays, attempts)
        SELECT content_id, message_id, enqueued_at, $0, $1, $2, delivery_count
        """;

    private readonly SqliteConnection _connection;
    private readonly List<Statement> _all = [];
    private readonly Statement _begin, _commit, _rollback;
    private readonly Statement _insertContent, _insertMessage, _findRecent, _remember, _forget;
    private readonly Statement _lease, _complete, _deleteContent, _retry, _postpone, _abandon, _renew;
    private readonly Statement _bury, _burySpent, _deleteLeased, _deleteMessage, _expired, _buryExpired;
    private readonly Statement _replay, _replayedId, _deleteDead, _deadContent, _setDeadline;

    public QueueStatements(SqliteConnection connection)
    {
        _connection = connection;
        _begin = Prepare("BEGIN IMMEDIATE");
        _commit = Prepare("COMMIT");
        _rollback = Prepare("ROLLBACK");

        _insertContent = Prepare("INSERT INTO contents (body, content_type, properties, ordering_key) VALUES ($0, $1, $2, $3) RETURNING content_id");
        _insertMessage = Prepare("INSERT INTO messages (content_id, message_id, enqueued_at, due_at, visible_at, expires_at) VALUES ($0, $1, $2, $3, $3, $4)");
        _findRecent = Prepare("SELECT fingerprint FROM recent_ids WHERE message_id = $0 AND seen_at > $1");
        _remember = Prepare("INSERT OR REPLACE INTO recent_ids (message_id, fingerprint, seen_at) VALUES ($0, $1, $2)");
        _forget = Prepare("DELETE FROM recent_ids WHERE message_id IN (SELECT message_id FROM recent_ids WHERE seen_at <= $0 LIMIT $1)");

        _lease = Prepare($"""
            UPDATE messages SET lock_token = $0, visible_at = $1, delivery_count = delivery_count + 1
            WHERE sequence IN (
                SELECT sequence FROM messages
                WHERE visible_at <= $2 AND (expires_at IS NULL OR expires_at > $2) ORDER BY visible_at, sequence LIMIT $3)
            RETURNING sequence, {State}
            """);
        _complete = Prepare("DELETE FROM messages WHERE sequence = $0 AND lock_token = $1 AND visible_at > $2 RETURNING content_id");
        _deleteContent = Prepare("DELETE FROM contents WHERE content_id = $0");
        _retry = Prepare("""
            UPDATE messages SET due_at = $3, visible_at = $3, lock_token = NULL, delivery_count = 0, attempts_made = $4, attempts = $5
            WHERE sequence = $0 AND lock_token = $1 AND visible_at > $2
            """);
        _postpone = Prepare("""
            UPDATE messages SET due_at = $3, visible_at = $3, lock_token = NULL, delivery_count = 0, postponements = postponements + 1
            WHERE sequence = $0 AND lock_token = $1 AND visible_at > $2
            """);
        _abandon = Prepare("UPDATE messages SET visible_at = due_at, lock_token = NULL WHERE sequence = $0 AND lock_token = $1 AND visible_at > $2");
        _renew = Prepare("UPDATE messages SET visible_at = $3 WHERE sequence = $0 AND lock_token = $1 AND visible_at > $2");

        _bury = Prepare($"{Death}, $3, postponements, replays, $4 FROM messages WHERE sequence = $5 AND lock_token = $6 AND visible_at > $0");
        _burySpent = Prepare($"{Death} - 1, attempts_made, postponements, replays, attempts FROM messages WHERE sequence = $3");
        _deleteLeased = Prepare("DELETE FROM messages WHERE sequence = $0 AND lock_token = $1");
        _deleteMessage = Prepare("DELETE FROM messages WHERE sequence = $0");
        _expired = Prepare("SELECT sequence FROM messages WHERE expires_at <= $0 AND (lock_token IS NULL OR visible_at <= $0) LIMIT 256");
        _buryExpired = Prepare($"{Death}, attempts_made, postponements, replays, attempts FROM messages WHERE sequence = $3");

        _replay = Prepare("""
            INSERT INTO messages (content_id, message_id, enqueued_at, due_at, visible_at, replays, attempts)
            SELECT content_id, message_id, enqueued_at, $1, $1, $2, attempts FROM dead_letters WHERE sequence = $0
            """);
        _replayedId = Prepare("SELECT message_id, replays FROM dead_letters WHERE sequence = $0");
        _deleteDead = Prepare("DELETE FROM dead_letters WHERE sequence = $0");
        _setDeadline = Prepare("""
            UPDATE contents SET properties = json_set(properties, '$."expires_at"', $1)
            WHERE content_id = (SELECT content_id FROM dead_letters WHERE sequence = $0) AND json_valid(properties)
            """);
        _deadContent = Prepare("SELECT content_id FROM dead_letters WHERE sequence = $0");
    }

    public void Begin() => _begin.Execute();

    public void Commit() => _commit.Execute();

    /// <summary>Undoes what was begun; some failures of SQLite have done so already, and after the others the next BEGIN tells.</summary>
    public void Rollback()
    {
        try
        {
            if (SQLitePCL.raw.sqlite3_get_autocommit(_connection.Handle) == 0) _rollback.Execute();
        }
        catch (SqliteException)
        {
            // The writer must live: the failure that led here is the one to tell.
        }
    }

    /// <summary>The fingerprint remembered under an id, or null when it was not seen since.</summary>
    public byte[]? FindRecent(string messageId, long since) => _findRecent.Scalar(messageId, since) switch { byte[] print => print, null => null, _ => [] };

    public void Insert(QueueMessage message, string properties, long now)
    {
        var contentId = _insertContent.Scalar(message.Body.ToArray(), message.ContentType, properties, message.OrderingKey);
        FailPoint.Hit(QueuePoints.Enqueuing);
        var due = message.DueAt?.ToUnixTimeMilliseconds() is { } later && later > now ? later : now - HeadStart;
        _insertMessage.Execute(contentId, message.MessageId, now, due, message.ExpiresAt?.ToUnixTimeMilliseconds());
        _remember.Execute(message.MessageId, message.Fingerprint.ToArray(), now);
    }

    public void Forget(long seenUntil, int atMost) => _forget.Execute(seenUntil, atMost);

    public List<LeasedRow> Lease(long token, long until, long now, int max) =>
        [.. _lease.Query(LeasedRow.Read, token, until, now, max).OrderBy(row => row.DueAt).ThenBy(row => row.Sequence)];

    public bool Complete(long sequence, long token, long now)
    {
        if (_complete.Scalar(sequence, token, now) is not long contentId) return false;
        FailPoint.Hit(QueuePoints.Completing);
        _deleteContent.Execute(contentId);
        return true;
    }

    public bool Retry(long sequence, long token, long now, long due, int attemptsMade, string attempts)
    {
        var held = _retry.Execute(sequence, token, now, due, attemptsMade, attempts) == 1;
        FailPoint.Hit(QueuePoints.Retrying);
        return held;
    }

    public bool Postpone(long sequence, long token, long now, long until) => _postpone.Execute(sequence, token, now, until) == 1;

    public bool Abandon(long sequence, long token, long now) => _abandon.Execute(sequence, token, now) == 1;

    public bool Renew(long sequence, long token, long now, long until) => _renew.Execute(sequence, token, now, until) == 1;

    public bool Bury(long sequence, long token, long now, DeadLetterReason reason, string description, int attemptsMade, string attempts)
    {
        if (_bury.Execute(now, reason.Name, description, attemptsMade, attempts, sequence, token) != 1) return false;
        FailPoint.Hit(QueuePoints.Burying);
        _deleteLeased.Execute(sequence, token);
        return true;
    }

    /// <summary>Buries a message that was leased once too often; its last lease is not counted, as nobody got it.</summary>
    public void BurySpent(long sequence, long now, string description)
    {
        _burySpent.Execute(now, DeadLetterReason.MaxDeliveryCountExceeded.Name, description, sequence);
        _deleteMessage.Execute(sequence);
    }

    /// <summary>Buries what has expired and is not leased, some at a time.</summary>
    public void BuryExpired(long now)
    {
        foreach (var sequence in _expired.Query(row => row.GetInt64(0), now))
        {
            _buryExpired.Execute(now, DeadLetterReason.TtlExpired.Name, "the message's time to live on the queue passed", sequence);
            _deleteMessage.Execute(sequence);
        }
    }

    public bool Replay(long sequence, DateTimeOffset? newDeadline, long now)
    {
        if (_replayedId.Query(row => (Id: row.GetString(0), Replays: SafeRow.Count(row, 1)), sequence) is not [var dead]) return false;
        if (newDeadline is { } deadline) _setDeadline.Execute(sequence, Rfc3339.Format(deadline));
        _replay.Execute(sequence, now - HeadStart, dead.Replays + 1);
        FailPoint.Hit(QueuePoints.Replaying);
        _deleteDead.Execute(sequence);
        _remember.Execute(MessageIds.Replay(dead.Id, dead.Replays + 1), Array.Empty<byte>(), now);
        return true;
    }

    public bool Purge(long sequence)
    {
        if (_deadContent.Scalar(sequence) is not long contentId) return false;
        _deleteContent.Execute(contentId);
        return _deleteDead.Execute(sequence) == 1;
    }

    public void Dispose()
    {
        _all.ForEach(statement => statement.Dispose());
        _connection.Dispose();
    }

    private Statement Prepare(string sql)
    {
        var statement = new Statement(_connection, sql);
        _all.Add(statement);
        return statement;
    }
}
