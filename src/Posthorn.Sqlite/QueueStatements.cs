using Microsoft.Data.Sqlite;
using Posthorn.Diagnostics;
using Posthorn.Queues;
using Posthorn.Sqlite.Broker;

namespace Posthorn.Sqlite;

/// <summary>What the writer can do to the file, each inside the writer's transaction. Times are Unix milliseconds.</summary>
internal sealed class QueueStatements : IDisposable
{
    /// <summary>
    /// Mail that is due at once is put this far back in the order, in milliseconds: fresh mail goes before retries, those of the
    /// last quarter of an hour at most, and stays due when the clock is set back by less.
    /// </summary>
    private const long HeadStart = 15 * 60 * 1000;

    private readonly SqliteConnection _connection;
    private readonly List<Statement> _all = [];
    private readonly Statement _begin, _commit, _rollback;
    private readonly Contents _contents;
    private readonly RowsStatement _insert;
    private readonly Statement _lastNumber;
    private readonly Statement _leaseFresh, _leaseReplayed, _complete, _completeSome, _retry, _postpone, _abandon, _renew;

    /// <param name="connection">The writer's own.</param>
    /// <param name="holdsExhausted">Whether a dead letter holds its ordering key.</param>
    public QueueStatements(SqliteConnection connection, bool holdsExhausted)
    {
        _connection = connection;
        _contents = new Contents(connection);
        Order = new OrderStatements(connection);
        Sessions = new SessionStatements(connection);
        Broker = new BrokerStatements(connection, this);
        Letters = new LetterStatements(connection);
        DeadLetters = new DeadLetterStatements(connection, _contents, holdsExhausted ? Order : null);
        _begin = Prepare("BEGIN IMMEDIATE");
        _commit = Prepare("COMMIT");
        _rollback = Prepare("ROLLBACK");

        RecentIds = new RecentIds(connection);
        _insert = new RowsStatement(connection, "INSERT INTO messages (content_id, message_id, enqueued_at, due_at, visible_at, expires_at, ordering_key, waits)", columns: 8);
        _lastNumber = Prepare("SELECT seq FROM sqlite_sequence WHERE name = 'messages'");

        _leaseFresh = Prepare(LeaseOf("replays <= 0"));
        _leaseReplayed = Prepare(LeaseOf("replays > 0"));
        _complete = Prepare("DELETE FROM messages WHERE sequence = $0 AND lock_token = $1 AND visible_at > $2 RETURNING content_id");
        _completeSome = Prepare("DELETE FROM messages WHERE sequence IN (SELECT value FROM json_each($0)) AND lock_token = $1 AND visible_at > $2 RETURNING sequence, content_id");
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
    }

    /// <summary>What it knows of the ids that came of late.</summary>
    public RecentIds RecentIds { get; }

    /// <summary>What it can do with dead letters.</summary>
    public DeadLetterStatements DeadLetters { get; }

    /// <summary>What it does for the order within a key.</summary>
    public OrderStatements Order { get; }

    /// <summary>What it does for whoever holds a session.</summary>
    public SessionStatements Sessions { get; }

    /// <summary>What it does with messages for the front door.</summary>
    public BrokerStatements Broker { get; }

    /// <summary>What it does with dead letters for the front door.</summary>
    public LetterStatements Letters { get; }

    /// <summary>The contents of all of them.</summary>
    public Contents Contents => _contents;

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

    /// <summary>Adds messages in their order; the answer is the number of each.</summary>
    /// <param name="messages">The messages.</param>
    /// <param name="properties">Their properties, serialized.</param>
    /// <param name="now">The time.</param>
    public List<long> Insert(IReadOnlyList<QueueMessage> messages, IReadOnlyList<byte[]> properties, long now)
    {
        var numbers = new List<long>(messages.Count);
        for (var first = 0; first < messages.Count;)
        {
            // What has a key may let others join its line before it, so it comes alone.
            var isRun = first + RowsStatement.AtOnce <= messages.Count && messages.Skip(first).Take(RowsStatement.AtOnce).All(message => message.OrderingKey is null);
            var count = isRun ? RowsStatement.AtOnce : 1;
            var last = Insert(messages, properties, first, count, now);
            for (var i = 1; i <= count; i++) numbers.Add(last - count + i);
            first += count;
        }

        return numbers;
    }

    /// <summary>The number that the newest message got, whether or not it is still there.</summary>
    public long LastNumber() => _lastNumber.Number() ?? 0;

    /// <summary>Leases due messages, of a key the first only: what was never dead before what was replayed, and of that no more than it may.</summary>
    public List<LeasedRow> Lease(long token, long until, long now, int max, int maxReplayed)
    {
        var leased = Lease(_leaseFresh, token, until, now, max);
        var replayed = Math.Min(max - leased.Count, maxReplayed);
        if (replayed > 0) leased.AddRange(Lease(_leaseReplayed, token, until, now, replayed));
        return leased;
    }

    public bool Complete(long sequence, long token, long now)
    {
        if (_complete.Number(sequence, token, now) is not { } contentId) return false;
        FailPoint.Hit(QueuePoints.Completing);
        _contents.Delete(contentId);
        return true;
    }

    /// <summary>As <see cref="Complete(long, long, long)"/>, of several of one lease.</summary>
    /// <returns>Those that were held.</returns>
    public HashSet<long> Complete(IReadOnlyList<long> sequences, long token, long now)
    {
        var gone = _completeSome.Query(row => (Sequence: row.GetInt64(0), ContentId: row.GetInt64(1)), SqlValue.ListOf(sequences), token, now);
        FailPoint.Hit(QueuePoints.Completing);
        _contents.Delete([.. gone.Select(message => message.ContentId)]);
        return [.. gone.Select(message => message.Sequence)];
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

    /// <summary>Puts a dead letter back on the queue; false when there is none.</summary>
    public bool Replay(long sequence, ReplayChanges changes, string patch, long now)
    {
        Order.JoinDue(now);
        if (DeadLetters.Replay(sequence, changes, patch, now - HeadStart) is not { } id) return false;
        RecentIds.Remember(id, now);
        return true;
    }

    public void Dispose()
    {
        _all.ForEach(statement => statement.Dispose());
        _insert.Dispose();
        RecentIds.Dispose();
        DeadLetters.Dispose();
        Order.Dispose();
        Sessions.Dispose();
        Broker.Dispose();
        Letters.Dispose();
        _contents.Dispose();
        _connection.Dispose();
    }

    /// <summary>Adds one, or <see cref="RowsStatement.AtOnce"/> without a key; the answer is the number of the last, and those before it have the numbers before.</summary>
    private long Insert(IReadOnlyList<QueueMessage> messages, IReadOnlyList<byte[]> properties, int first, int count, long now)
    {
        var content = _contents.Insert(messages, properties, first, count) - count + 1;
        for (var i = 0; i < count; i++)
        {
            FailPoint.Hit(QueuePoints.Enqueuing);
            Fill(_insert.Row(i), messages[first + i], content + i, now);
        }

        _insert.Execute(count);
        var last = SQLitePCL.raw.sqlite3_last_insert_rowid(_connection.Handle);
        RecentIds.Remember(messages, first, count, now);
        return last;
    }

    private void Fill(Span<SqlValue> row, QueueMessage message, long contentId, long now)
    {
        var due = message.DueAt?.ToUnixTimeMilliseconds() is { } later && later > now ? later : now - HeadStart;
        if (message.OrderingKey is not null) Order.JoinDue(now);
        var joinsLater = message.OrderingKey is not null && due > now;
        row[0] = contentId;
        row[1] = message.MessageId;
        row[2] = now;
        row[3] = row[4] = due;
        row[5] = message.ExpiresAt?.ToUnixTimeMilliseconds();
        row[6] = message.OrderingKey;
        row[7] = joinsLater ? 2 : 0;
    }

    private static List<LeasedRow> Lease(Statement statement, long token, long until, long now, int max) =>
        [.. statement.Query(LeasedRow.Read, token, until, now, max).OrderBy(row => row.DueAt).ThenBy(row => row.Sequence)];

    /// <summary>Replayed messages have an index and an order of their own.</summary>
    private static string LeaseOf(string which) => $"""
        UPDATE messages SET lock_token = $0, visible_at = $1, delivery_count = delivery_count + 1
        WHERE sequence IN (
            SELECT sequence FROM messages
            WHERE {which} AND waits = 0 AND visible_at <= $2 AND (expires_at IS NULL OR expires_at > $2) ORDER BY visible_at, sequence LIMIT $3)
        RETURNING sequence, {LeasedRow.Columns}
        """;

    private Statement Prepare(string sql)
    {
        var statement = new Statement(_connection, sql);
        _all.Add(statement);
        return statement;
    }
}
