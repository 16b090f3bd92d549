using Posthorn.Diagnostics;
using Posthorn.Queues;

namespace Posthorn.Sqlite;

/// <summary>The dead letters of the same file; a replay is one transaction.</summary>
internal sealed class SqliteDeadLetterQueue(SqliteQueue queue, QueueReader reader) : IDeadLetterQueue
{
    public Task<IReadOnlyList<DeadLetter>> BrowseAsync(long fromSequence, int max, CancellationToken cancellationToken) =>
        queue.Reading(() => reader.Page(fromSequence, Positive(max)));

    public Task<IReadOnlyList<DeadLetter>> NewestAsync(int max, CancellationToken cancellationToken) => queue.Reading(() => reader.Newest(Positive(max)));

    public Task<long> CountAsync(CancellationToken cancellationToken) => queue.Reading(reader.CountDead);

    public async Task<IReadOnlyList<long>> ReplayAsync(IReadOnlyList<long> sequences, DateTimeOffset? newDeadline, CancellationToken cancellationToken)
    {
        var replayed = await queue.WriteAsync((file, now) => sequences.Where(sequence => file.Replay(sequence, newDeadline, now)).ToList());
        FailPoint.Hit(QueuePoints.Replayed);
        queue.Ring();
        return replayed;
    }

    public Task<int> PurgeAsync(IReadOnlyList<long> sequences, CancellationToken cancellationToken) =>
        queue.WriteAsync((file, _) => sequences.Count(file.Purge));

    // SQLite takes a negative limit for none.
    private static int Positive(int max)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(max);
        return max;
    }
}
