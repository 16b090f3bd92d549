using Posthorn.Queues;

namespace Posthorn.DeadLetters;

/// <summary>Deletes the dead letters that a filter means, page by page; each is handed to be kept elsewhere before it is deleted.</summary>
/// <param name="run">The run, as it was added to the store.</param>
/// <param name="filter">Which are meant.</param>
/// <param name="letters">The dead letters.</param>
/// <param name="runs">Where the run is kept.</param>
/// <param name="keep">Keeps letters: they are on disk when it completes. Null to keep nothing.</param>
/// <param name="report">Is told after each page.</param>
/// <param name="clock">The clock.</param>
public sealed class PurgeRunner(
    DeadLetterRun run, DeadLetterFilter filter, IDeadLetterQueue letters, IDeadLetterRunStore runs, Func<IReadOnlyList<DeadLetter>, Task>? keep,
    Action<DeadLetterRun> report, TimeProvider clock)
{
    private const int MostAtOnce = 200;
    private DeadLetterRun _run = run;

    /// <summary>Deletes until there is none left that was there when it began.</summary>
    /// <param name="stop">Interrupts it between two batches.</param>
    public async Task<DeadLetterRun> RunAsync(CancellationToken stop)
    {
        try
        {
            await foreach (var page in new DeadLetterScan(letters, filter).AscendAsync(_run.Cursor, _run.LastSequence, stop))
            {
                foreach (var batch in page.Matches.Chunk(MostAtOnce)) await PurgeAsync(batch, stop);
                _run = _run with { Cursor = page.LastSequence + 1 };
            }

            _run = _run with { Skipped = Math.Max(_run.Skipped, _run.Matched - _run.Done) }; // What matched when it began, and was gone before it got there.
            return await SaveAsync(RunState.Completed, detail: null);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return await SaveAsync(RunState.Interrupted, "interrupted by its operator");
        }
        catch (QueueUnavailableException away)
        {
            return await SaveAsync(RunState.Interrupted, $"the queue is unavailable: {away.Message}");
        }
    }

    private async Task PurgeAsync(IReadOnlyList<DeadLetterSummary> batch, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        long[] sequences = [.. batch.Select(letter => letter.Sequence)];
        if (keep is not null) sequences = await KeepAsync(sequences, keep);
        var deleted = await letters.PurgeAsync(sequences, CancellationToken.None);
        _run = _run with { Done = _run.Done + deleted, Skipped = _run.Skipped + batch.Count - deleted, Cursor = batch[^1].Sequence + 1 };
        await SaveAsync(RunState.Running, detail: null);
        report(_run);
    }

    /// <summary>Keeps them, and says which were still there to be kept: nothing else may be deleted.</summary>
    private async Task<long[]> KeepAsync(long[] sequences, Func<IReadOnlyList<DeadLetter>, Task> keep)
    {
        var kept = new List<DeadLetter>(sequences.Length);
        foreach (var sequence in sequences)
            if (await DeadLetterFinder.ReadAsync(letters, sequence, CancellationToken.None) is { } letter) kept.Add(letter);
        await keep(kept);
        return [.. kept.Select(letter => letter.Sequence)];
    }

    private async Task<DeadLetterRun> SaveAsync(RunState state, string? detail)
    {
        _run = _run with { State = state, Detail = detail, UpdatedAt = clock.GetUtcNow() };
        await runs.SaveAsync(_run, CancellationToken.None);
        return _run;
    }
}
