using Posthorn.Queues;

namespace Posthorn.DeadLetters.Replaying;

/// <summary>Puts a batch back although the queue may be away for a moment, and although one of the letters may be damaged.</summary>
internal sealed class PatientReplay(IDeadLetterQueue letters, TimeProvider clock)
{
    private const int MostFailures = 3;
    private static readonly TimeSpan[] Pauses = [.. new[] { 0.1, 0.5, 1, 2 }.Select(TimeSpan.FromSeconds)];
    private int _failedInARow;

    /// <summary>Puts the batch back; after failures one by one.</summary>
    /// <returns>How many were put back, and how many could not be; the others were not there any more.</returns>
    /// <exception cref="QueueUnavailableException">The queue stays away.</exception>
    public async Task<(int Done, int Failed)> ReplayAsync(IReadOnlyList<long> sequences, ReplayChanges changes)
    {
        try
        {
            return Succeeded((await letters.ReplayAsync(sequences, changes, CancellationToken.None)).Count);
        }
        catch (QueueUnavailableException)
        {
            // It may have happened all the same: what is gone after this was put back.
        }

        foreach (var pause in Pauses)
        {
            await Task.Delay(pause, clock, CancellationToken.None);
            if (await TryAsync(sequences, changes) is { } done) return Succeeded(done);
        }

        _ = await letters.SummariesAsync(sequences[0], 1, BrowseOrder.Ascending, CancellationToken.None); // Of a queue that is away nothing can be read either.
        return await OneByOneAsync(sequences, changes);
    }

    /// <summary>How many are put back by this try and those before it; null when it failed too.</summary>
    private async Task<int?> TryAsync(IReadOnlyList<long> sequences, ReplayChanges changes)
    {
        try
        {
            var there = 0;
            foreach (var sequence in sequences)
                if (await letters.SummariesAsync(sequence, 1, BrowseOrder.Ascending, CancellationToken.None) is [var letter] && letter.Sequence == sequence) there++;
            var now = there == 0 ? 0 : (await letters.ReplayAsync(sequences, changes, CancellationToken.None)).Count;
            return sequences.Count - there + now;
        }
        catch (QueueUnavailableException)
        {
            return null;
        }
    }

    private async Task<(int Done, int Failed)> OneByOneAsync(IReadOnlyList<long> sequences, ReplayChanges changes)
    {
        var (done, failed) = (0, 0);
        foreach (var sequence in sequences)
        {
            if (await TryAsync([sequence], changes) is { } one)
            {
                (done, _failedInARow) = (done + one, 0);
                continue;
            }

            failed++;
            if (++_failedInARow >= MostFailures && done == 0) throw new QueueUnavailableException("nothing can be put back now");
        }

        return (done, failed);
    }

    private (int Done, int Failed) Succeeded(int done)
    {
        _failedInARow = 0;
        return (done, 0);
    }
}
