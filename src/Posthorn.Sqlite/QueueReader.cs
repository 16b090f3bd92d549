using Microsoft.Data.Sqlite;
using Posthorn.Queues;

namespace Posthorn.Sqlite;

/// <summary>Reads of the queue that need no lock. One connection, one reader at a time.</summary>
internal sealed class QueueReader(SqliteConnection connection) : IDisposable
{
    private static readonly long LongestLock = (long)TimeSpan.FromMinutes(5).TotalMilliseconds;

    private const string Locked = "visible_at > $0 AND visible_at <= $1 AND lock_token IS NOT NULL";

    private readonly Contents _contents = new(connection);
    private readonly Statement _begin = new(connection, "BEGIN");
    private readonly Statement _end = new(connection, "COMMIT");
    private readonly Statement _counts = new(connection, $"""
        SELECT (SELECT count(*) FROM messages),
               {InEveryOrder("visible_at <= $0")},
               {InEveryOrder(Locked)} + (SELECT count(*) FROM messages WHERE waits = 3 AND {Locked}),
               (SELECT count(*) FROM dead_letters),
               (SELECT enqueued_at FROM messages ORDER BY sequence LIMIT 1)
        """);
    private readonly Statement _isAnyHeld = new(connection, "SELECT 1 FROM holds LIMIT 1");
    private readonly Lock _gate = new();

    /// <summary>
    /// The messages of leased rows, in one transaction, as each would lock the file anew; null of one that cannot be read now: its
    /// neighbours go on, it comes back when its lock ends.
    /// </summary>
    public IReadOnlyList<QueueMessage?> Contents(IReadOnlyList<LeasedRow> rows)
    {
        lock (_gate)
        {
            _begin.Execute();
            try
            {
                return [.. rows.Select(Content)];
            }
            finally
            {
                if (SQLitePCL.raw.sqlite3_get_autocommit(connection.Handle) == 0) _end.Execute(); // Else a failure has ended it.
            }
        }
    }

    /// <summary>The counts of one moment.</summary>
    public QueueCounts Count(long now)
    {
        lock (_gate)
        {
            return _counts.Query(row =>
            {
                var (all, active, locked, dead) = (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3));
                var age = row.IsDBNull(4) ? (TimeSpan?)null : DateTimeOffset.FromUnixTimeMilliseconds(now) - SafeRow.Time(row, 4);
                return new QueueCounts(active, Math.Max(all - active - locked, 0), locked, dead, age < TimeSpan.Zero ? TimeSpan.Zero : age);
            }, now, now + LongestLock)[0];
        }
    }

    /// <summary>Whether a dead letter holds its ordering key.</summary>
    public bool IsAnyHeld()
    {
        lock (_gate) return _isAnyHeld.Number() is not null;
    }

    public void Dispose()
    {
        lock (_gate)
        {
            foreach (var statement in new[] { _begin, _end, _isAnyHeld, _counts }) statement.Dispose();
            _contents.Dispose();
            connection.Dispose();
        }
    }

    private QueueMessage? Content(LeasedRow row)
    {
        try
        {
            return _contents.Read(row.ContentId, row.MessageId, row.Overrides, row.ExpiresAt);
        }
        catch (SqliteException)
        {
            return null;
        }
    }

    /// <summary>Counts by each order's own index.</summary>
    private static string InEveryOrder(string condition)
    {
        var orders = new[] { "replays <= 0 AND waits = 0", "replays > 0 AND waits = 0", "waits = 1", "waits = 2" };
        return $"({string.Join(" + ", orders.Select(order => $"(SELECT count(*) FROM messages WHERE {order} AND {condition})"))})";
    }
}
