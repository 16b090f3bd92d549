using System.Globalization;
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
    private readonly Statement _nextVisible = new(connection, "SELECT min(visible_at) FROM messages");
    private readonly Lock _gate = new();
    private TaskCompletionSource _rung = NewBell();
    private long _seenVersion = -1;

    /// <summary>This process put something on the queue.</summary>
    public void Ring()
    {
        lock (_gate)
        {
            _rung.TrySetResult();
            _rung = NewBell();
        }
    }

    /// <summary>A bell that <see cref="Ring"/> rings; to be had before looking, so that nothing between the two is missed.</summary>
    public Task NextRing()
    {
        lock (_gate) return _rung.Task;
    }

    /// <summary>When the next message becomes visible, in Unix milliseconds; null when there is none.</summary>
    public long? NextVisible()
    {
        lock (_gate) return (long?)_nextVisible.Scalar();
    }

    /// <summary>Waits for a ring, a change by another process, or the time to pass.</summary>
    public async Task WaitAsync(Task ring, TimeSpan atMost, CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        while (clock.GetElapsedTime(started) is var waited && waited < atMost && !ring.IsCompleted && !HasChanged())
        {
            var left = atMost - waited;
            try
            {
                await ring.WaitAsync(left < Glance ? left : Glance, clock, cancellationToken);
            }
            catch (TimeoutException)
            {
                // Nothing rang: glance again.
            }
        }
    }

    public void Dispose()
    {
        _dataVersion.Dispose();
        _nextVisible.Dispose();
        connection.Dispose();
    }

    private bool HasChanged()
    {
        lock (_gate)
        {
            var version = Convert.ToInt64(_dataVersion.Scalar(), CultureInfo.InvariantCulture);
            (var changed, _seenVersion) = (version != _seenVersion, version);
            return changed;
        }
    }

    private static TaskCompletionSource NewBell() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
