using System.Diagnostics;

namespace Posthorn.Sqlite;

/// <summary>
/// Cuts work on many dead letters into transactions. SQLite has one writer at a time, and who waits for its turn sleeps ever longer: so
/// while fresh mail comes in, from any process, these are short and far between, and the file is the others' most of the time.
/// </summary>
internal sealed class GivingWay(SqliteQueue queue)
{
    private const int Many = 200;
    private const int Few = 25;
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(100); // Of the machine's time: what the queue's clock says is no matter here.
    private static readonly TimeSpan FreshFor = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FirstLook = TimeSpan.FromMilliseconds(150); // It begins as if fresh mail came in, until it has seen whether any does.
    private long _numbered = -1;
    private long _freshAt = long.MinValue / 2;
    private long _endedAt = long.MinValue / 2;

    /// <summary>Does it for all of them, in order; an exception leaves those before it done.</summary>
    /// <param name="all">What it is done for.</param>
    /// <param name="work">Does it for some, within a transaction; the time is in Unix milliseconds.</param>
    public async Task<List<TDone>> RunAsync<T, TDone>(IReadOnlyList<T> all, Func<QueueStatements, long, IReadOnlyList<T>, IEnumerable<TDone>> work)
    {
        if (Volatile.Read(ref _numbered) < 0) Volatile.Write(ref _freshAt, Stopwatch.GetTimestamp() - (long)((FreshFor - FirstLook).TotalSeconds * Stopwatch.Frequency));
        var done = new List<TDone>(all.Count);
        for (var at = 0; at < all.Count;)
        {
            await RestAsync();
            IReadOnlyList<T> some = [.. all.Skip(at).Take(IsFreshFlowing ? Few : Many)];
            done.AddRange(await queue.WriteAsync((file, now) =>
            {
                Look(file.LastNumber());
                List<TDone> these = [.. work(file, now, some)];
                Volatile.Write(ref _numbered, file.LastNumber());
                return these;
            }));
            at += some.Count;
            Volatile.Write(ref _endedAt, Stopwatch.GetTimestamp());
        }

        return done;
    }

    /// <summary>While fresh mail comes in, leaves time since the last transaction, whoever asked for that.</summary>
    private Task RestAsync()
    {
        var left = IsFreshFlowing ? Rest - Stopwatch.GetElapsedTime(Volatile.Read(ref _endedAt)) : TimeSpan.Zero;
        return left > TimeSpan.Zero ? Task.Delay(left) : Task.CompletedTask;
    }

    private bool IsFreshFlowing => Stopwatch.GetElapsedTime(Volatile.Read(ref _freshAt)) < FreshFor;

    /// <summary>Numbers that were given since the last time, and not by this, are of mail that came in.</summary>
    private void Look(long numbered)
    {
        if (Volatile.Read(ref _numbered) is var before && before >= 0 && numbered > before) Volatile.Write(ref _freshAt, Stopwatch.GetTimestamp());
    }
}
