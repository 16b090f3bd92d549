using Posthorn.Diagnostics;
using Posthorn.Queues;

namespace Posthorn.Sqlite;

/// <summary>The dead letters of the same file; each is replayed, purged or imported within a transaction.</summary>
internal sealed class SqliteDeadLetterQueue(SqliteQueue queue, DeadLetterReader reader) : IDeadLetterQueue
{
    private readonly GivingWay _turns = new(queue);

    public Task<IReadOnlyList<DeadLetter>> BrowseAsync(long fromSequence, int max, CancellationToken cancellationToken) =>
        queue.Reading(() => reader.Page(fromSequence, Positive(max)));

    public Task<IReadOnlyList<DeadLetterSummary>> SummariesAsync(long fromSequence, int max, BrowseOrder order, CancellationToken cancellationToken) =>
        queue.Reading(() => reader.Summaries(fromSequence, Positive(max), order));

    public Task<long> CountAsync(CancellationToken cancellationToken) => queue.Reading(reader.Count);

    public Task<RunRemains> FollowAsync(string run, CancellationToken cancellationToken) => queue.Reading(() => reader.Follow(run));

    public async Task<IReadOnlyList<long>> ReplayAsync(IReadOnlyList<long> sequences, ReplayChanges changes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(changes);
        if (changes.Instead is not null && sequences.Count != 1) throw new ArgumentException("One message can go in place of one dead letter only.", nameof(sequences));
        var patch = Overrides.Patch(changes);
        var replayed = await _turns.RunAsync(sequences, (file, now, some) => some.Where(sequence => file.Replay(sequence, changes, patch, now)));
        FailPoint.Hit(QueuePoints.Replayed);
        queue.Ring();
        return replayed;
    }

    public async Task<IReadOnlyList<bool>> ImportAsync(IReadOnlyList<DeadLetter> letters, CancellationToken cancellationToken) =>
        await _turns.RunAsync(letters, (file, _, some) => file.DeadLetters.Import(some));

    public async Task<int> PurgeAsync(IReadOnlyList<long> sequences, CancellationToken cancellationToken)
    {
        var purged = await _turns.RunAsync(sequences, (file, _, some) => some.Where(file.DeadLetters.Purge));
        queue.Ring(); // One of them may have held its ordering key.
        return purged.Count;
    }

    // SQLite takes a negative limit for none.
    private static int Positive(int max)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(max);
        return max;
    }
}
