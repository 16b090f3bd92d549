using Microsoft.Data.Sqlite;
using Posthorn.Queues;

namespace Posthorn.Sqlite.Broker;

/// <summary>The front door's reads, which need no lock. One connection, one reader at a time; times are Unix milliseconds.</summary>
internal sealed class BrokerReader(SqliteConnection connection) : IDisposable
{
    private const string Message = $"SELECT sequence, {LeasedRow.Columns}, waits, lock_token IS NULL, visible_at FROM messages";
    private const string Letter = """
        SELECT sequence, content_id, message_id, replay_run, overrides, enqueued_at, dead_lettered_at, reason, dead.delivery_count + coalesce(held.delivery_count, 0),
               attempts_made, postponements, replays, attempts, description, coalesce(is_deferred, 0), coalesce(locked_until, 0)
        FROM dead_letters dead LEFT JOIN dead_letter_histories USING (sequence) LEFT JOIN dead_letter_leases held USING (sequence)
        """;

    private readonly Contents _contents = new(connection);
    private readonly Statement _page = new(connection, $"{Message} WHERE sequence >= $0 ORDER BY sequence LIMIT $1");
    private readonly Statement _sessionPage = new(connection, $"""
        {Message} WHERE sequence IN (
            SELECT sequence FROM messages WHERE ordering_key = $2 AND ordering_key IS NOT NULL AND waits < 2 AND sequence >= $0
            UNION ALL SELECT sequence FROM messages WHERE waits = 2 AND ordering_key = $2 AND sequence >= $0
            UNION ALL SELECT sequence FROM messages WHERE waits = 3 AND ordering_key = $2 AND sequence >= $0
            ORDER BY 1 LIMIT $1)
        ORDER BY sequence
        """);
    private readonly Statement _letterPage = new(connection, $"{Letter} WHERE sequence >= $0 ORDER BY sequence LIMIT $1");
    private readonly Statement _letter = new(connection, $"{Letter} WHERE sequence = $0");
    private readonly Statement _state = new(connection, "SELECT state FROM session_states WHERE session_id = $0");
    private readonly Statement _sessions = new(connection, """
        SELECT DISTINCT ordering_key FROM messages WHERE ordering_key IS NOT NULL AND waits < 2 ORDER BY ordering_key LIMIT $1 OFFSET $0
        """);
    private readonly Statement _nextLetter = new(connection, $"""
        SELECT CASE WHEN EXISTS (SELECT 1 FROM dead_letters WHERE {LetterStatements.IsFree}) THEN $0
                    ELSE (SELECT min(locked_until) FROM dead_letter_leases WHERE is_deferred = 0 AND locked_until > $0) END
        """);
    private readonly Statement _nextSession = new(connection, """
        SELECT min(next) FROM (
            SELECT min(visible_at) AS next FROM messages INDEXED BY messages_heads WHERE ordering_key IS NOT NULL AND waits = 0
            UNION ALL SELECT min(visible_at) FROM messages WHERE waits = 2 UNION ALL SELECT min(locked_until) FROM session_locks)
        """);
    private readonly Statement _nextOfSession = new(connection, """
        SELECT min(next) FROM (
            SELECT visible_at AS next FROM (
                SELECT visible_at FROM messages INDEXED BY messages_in_line
                WHERE ordering_key = $0 AND ordering_key IS NOT NULL AND waits < 2 AND (lock_token IS NULL OR visible_at <= $1)
                  AND sequence <= coalesce((SELECT min(place) FROM holds WHERE holds.ordering_key = $0), 9223372036854775807)
                ORDER BY sequence LIMIT 1)
            UNION ALL SELECT min(visible_at) FROM messages WHERE waits = 2 UNION ALL SELECT coalesce((SELECT locked_until FROM session_locks WHERE session_id = $0 AND lock_token = $2), $1))
        """);
    private readonly Statement _held = new(connection, "SELECT 1 FROM messages WHERE sequence = $0 AND lock_token = $1 AND visible_at > $2");
    private readonly Statement _heldLetter = new(connection, "SELECT 1 FROM dead_letter_leases WHERE sequence = $0 AND lock_token = $1 AND locked_until > $2");
    private readonly Lock _gate = new();

    /// <summary>Messages of the queue in the order of their numbers, whatever their state.</summary>
    public IReadOnlyList<BrokerMessage> Page(long from, int max, string? session, long now)
    {
        lock (_gate) return session is null ? _page.Query(row => Peeked(row, now), from, max) : _sessionPage.Query(row => Peeked(row, now), from, max, session);
    }

    /// <summary>Dead letters in the order of death.</summary>
    public IReadOnlyList<BrokerMessage> Letters(long from, int max, long now)
    {
        lock (_gate) return _letterPage.Query(row => PeekedLetter(row, now), from, max);
    }

    /// <summary>A letter that was just leased; null when it was replayed or purged since.</summary>
    public BrokerMessage? LetterOf(LockToken held, DateTimeOffset until)
    {
        lock (_gate) return _letter.Query(ReadLetter, held.SequenceNumber) is [var letter] ? letter with { Lock = new BrokerLock(held, until) } : null;
    }

    /// <summary>A message that was just leased.</summary>
    public BrokerMessage MessageOf(LeasedRow row, LockToken held, DateTimeOffset until, BrokerMessageState state)
    {
        lock (_gate)
        {
            var message = _contents.ReadOrNothing(row.ContentId, row.MessageId, row.Overrides);
            return View(row, message, state) with { Lock = new BrokerLock(held, until) };
        }
    }

    /// <summary>Whether a lock is held.</summary>
    public bool IsHeld(BrokerEntity entity, LockToken held, long now)
    {
        lock (_gate) return (entity == BrokerEntity.DeadLetters ? _heldLetter : _held).Scalar(held.SequenceNumber, held.Key, now) is not null;
    }

    /// <summary>What a session keeps; null when it keeps nothing.</summary>
    public byte[]? State(string session)
    {
        lock (_gate) return _state.Scalar(session) as byte[];
    }

    /// <summary>The sessions that have messages, in the order of their names.</summary>
    public IReadOnlyList<string> Sessions(int skip, int max)
    {
        lock (_gate) return _sessions.Query(row => SafeRow.Text(row, 0) ?? "", skip, max);
    }

    /// <summary>When a dead letter may be received; null when none will be by the clock alone.</summary>
    public long? NextLetter(long now)
    {
        lock (_gate) return SafeRow.Whole(_nextLetter.Scalar(now));
    }

    /// <summary>When a session may be accepted; null as above.</summary>
    public long? NextSession()
    {
        lock (_gate) return SafeRow.Whole(_nextSession.Scalar());
    }

    /// <summary>When a session's holder may receive, or learns that its lock is gone; null as above.</summary>
    public long? NextOf(string session, long key, long now)
    {
        lock (_gate) return SafeRow.Whole(_nextOfSession.Scalar(session, now, key));
    }

    public void Dispose()
    {
        lock (_gate)
        {
            foreach (var statement in new[] { _page, _sessionPage, _letterPage, _letter, _state, _sessions, _nextLetter, _nextSession, _nextOfSession, _held, _heldLetter }) statement.Dispose();
            _contents.Dispose();
            connection.Dispose();
        }
    }

    /// <summary>A message of the queue without its lock.</summary>
    public static BrokerMessage View(LeasedRow row, QueueMessage message, BrokerMessageState state) => new()
    {
        Message = message with { ExpiresAt = row.ExpiresAt },
        SequenceNumber = row.Sequence,
        EnqueuedAt = row.EnqueuedAt,
        DeliveryCount = row.DeliveryCount,
        Progress = row.Progress,
        State = state,
    };

    private BrokerMessage Peeked(Row reader, long now)
    {
        var row = LeasedRow.Read(reader);
        var (waits, isUnleased, visibleAt) = (reader.GetInt64(13), reader.GetInt64(14) != 0, SafeRow.Time(reader, 15));
        var state = waits == 3 ? BrokerMessageState.Deferred : isUnleased && visibleAt.ToUnixTimeMilliseconds() > now ? BrokerMessageState.Scheduled : BrokerMessageState.Active;
        return View(row, _contents.ReadOrNothing(row.ContentId, row.MessageId, row.Overrides), state) with
        {
            DeliveryCount = WithoutThisOne(row.DeliveryCount, !isUnleased && visibleAt.ToUnixTimeMilliseconds() > now),
            DueAt = state == BrokerMessageState.Scheduled ? visibleAt : null,
        };
    }

    private BrokerMessage PeekedLetter(Row row, long now)
    {
        var letter = ReadLetter(row);
        return letter with { DeliveryCount = WithoutThisOne(letter.DeliveryCount, SafeRow.Time(row, 15).ToUnixTimeMilliseconds() > now) };
    }

    /// <summary>A delivery that is under way has not come to nothing yet.</summary>
    private static int WithoutThisOne(int deliveries, bool isUnderWay) => isUnderWay ? Math.Max(deliveries - 1, 0) : deliveries;

    private BrokerMessage ReadLetter(Row row) => new()
    {
        Message = _contents.ReadOrNothing(row.GetInt64(1), SafeRow.Text(row, 2) ?? "", Overrides.Read(row, 3)),
        SequenceNumber = row.GetInt64(0),
        EnqueuedAt = SafeRow.Time(row, 5),
        Death = new BrokerDeath(new DeadLetterReason(SafeRow.Text(row, 7) ?? ""), SafeRow.Text(row, 13) ?? "", SafeRow.Time(row, 6)),
        DeliveryCount = SafeRow.Count(row, 8),
        Progress = SafeRow.Progress(row, 9),
        State = SafeRow.Count(row, 14) == 1 ? BrokerMessageState.Deferred : BrokerMessageState.Active,
    };
}
