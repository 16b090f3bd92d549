using Microsoft.Data.Sqlite;

namespace Posthorn.Sqlite;

/// <summary>
/// Says when there may be something new to receive: at once for this process's own messages; for another process's, by SQLite's
/// change counter, which costs no more than reading one number of shared memory and is looked at every 50 ms, only while waiting.
/// </summary>
internal sealed class NewsWatch(SqliteConnection connection, TimeProvider clock) : IDisposable
{
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(50);
    private readonly Statement _dataVersion = new(connection, "PRAGMA data_version");
    private readonly Statement _next = new(connection, """
        SELECT (SELECT min(visible_at) FROM messages WHERE replays <= 0 AND waits = 0),
               (SELECT min(visible_at) FROM messages WHERE waits = 2),
               (SELECT min(locked_until) FROM session_locks),
               CASE WHEN EXISTS (SELECT 1 FROM messages WHERE expires_at <= $0 AND (lock_token IS NULL OR visible_at <= $0)) THEN $0
                    ELSE (SELECT min(expires_at) FROM messages WHERE expires_at > $0 AND expires_at <= 9223372036854775807) END,
               (SELECT min(visible_at) FROM messages WHERE replays > 0 AND waits = 0)
        """);
    private readonly Lock _gate = new();
    private TaskCompletionSource _rung = NewBell();

    /// <summary>This process put something on the queue.</summary>
    public void Ring()
    {
        lock (_gate)
        {
            _rung.TrySetResult();
            _rung = NewBell();
        }
    }

    /// <summary>Where a waiter stands; to be had before it looks, so that nothing between the two is missed.</summary>
    /// <param name="now">The time, in Unix milliseconds.</param>
    /// <param name="withReplayed">Whether replayed messages are news.</param>
    public NewsMark Mark(long now, bool withReplayed)
    {
        lock (_gate)
        {
            var (ring, version) = (_rung.Task, Version());
            var next = _next.Query(row => Earliest(row, withReplayed ? 5 : 4), now)[0];
            return new NewsMark(ring, version, next);
        }
    }

    /// <inheritdoc cref="Mark(long, bool)"/>
    /// <param name="next">Looks when there may be something.</param>
    public NewsMark Mark(Func<long?> next)
    {
        lock (_gate)
        {
            var (ring, version) = (_rung.Task, Version());
            return new NewsMark(ring, version, next());
        }
    }

    /// <summary>SQLite's counter of changes by other connections.</summary>
    public long Version()
    {
        lock (_gate) return _dataVersion.Number() ?? 0;
    }

    /// <summary>Waits for a ring, a change by another process, or the time to pass.</summary>
    public async Task WaitAsync(NewsMark mark, Func<long> version, TimeSpan atMost, CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        while (clock.GetElapsedTime(started) is var waited && waited < atMost && !mark.Ring.IsCompleted && version() == mark.Version)
        {
            var left = atMost - waited;
            try
            {
                await mark.Ring.WaitAsync(left < Glance ? left : Glance, clock, cancellationToken);
            }
            catch (TimeoutException)
            {
                // Nothing rang: glance again.
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _dataVersion.Dispose();
            _next.Dispose();
            connection.Dispose();
        }
    }

    private static long? Earliest(Row row, int columns) => Enumerable.Range(0, columns).Min(column => SafeRow.Whole(row.GetValue(column)));

    private static TaskCompletionSource NewBell() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>What a waiter has seen.</summary>
/// <param name="Ring">The bell of this process.</param>
/// <param name="Version">The counter of other connections' changes.</param>
/// <param name="Next">When the next message becomes visible, or expires and is to be buried, in Unix milliseconds; null when there is none.</param>
internal readonly record struct NewsMark(Task Ring, long Version, long? Next);
