using Posthorn.Diagnostics;
using Posthorn.Queues;

namespace Posthorn.DeadLetters.Replaying;

/// <summary>
/// Carries one run from where it stands to its end, or to where it has to stop. Each batch is noted before it is put back, so that after a
/// crash at any point those of it that are gone are known to be done: each dead letter is put back once, and counted once.
/// </summary>
public sealed class ReplayRunner(
    DeadLetterRun run, DeadLetterFilter filter, ReplayOptions options, ReplayFitness fitness, IDeadLetterQueue letters, IDeadLetterRunStore runs,
    Action<ReplayProgress> report, TimeProvider clock)
{
    /// <summary>The most that go in one transaction: a longer one would keep a worker from the queue's file for too long.</summary>
    private const int MostAtOnce = 200;

    private static readonly TimeSpan Doubt = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(10);
    private readonly PatientReplay _queue = new(letters, clock);
    private readonly ReplayWatch _watch = new(letters, run.Id, options, clock);
    private readonly long _started = clock.GetTimestamp();
    private DeadLetterRun _run = run;
    private long _doneBefore;
    private TimeSpan _due;

    /// <summary>Runs: 1. what a crash left, 2. the canaries, 3. the rest, paced and watched, 4. a wait for the last verdicts.</summary>
    /// <param name="canaries">The dead letters that go first.</param>
    /// <param name="stop">Interrupts it between two batches; it can be resumed.</param>
    /// <exception cref="Stores.StoreUnavailableException">How far it has come cannot be saved; it can be resumed.</exception>
    public async Task<DeadLetterRun> RunAsync(IReadOnlyList<long> canaries, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(canaries);
        try
        {
            var (state, detail) = await WorkAsync(canaries, stop);
            return await EndAsync(state, detail);
        }
        catch (RunTakenOverException)
        {
            return _run with { State = RunState.Interrupted, Detail = "another process has taken the run over" };
        }
    }

    /// <summary>Works until there is nothing left to do, or it has to stop; says which.</summary>
    private async Task<(RunState State, string? Detail)> WorkAsync(IReadOnlyList<long> canaries, CancellationToken stop)
    {
        try
        {
            await SettleIntentAsync();
            await _watch.BeginAsync(_run.Done, stop);
            if (await FailingCanaryAsync(canaries, stop) is { } bad) return (RunState.Stopped, bad);
            if (await ReplayRestAsync(stop) is { } tooMuch) return (RunState.Stopped, tooMuch);
            await SaveAsync(_run with { State = RunState.Completed, Detail = null });
            await WatchAsync(stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            if (_run.State != RunState.Completed) return (RunState.Interrupted, "interrupted by its operator");
        }
        catch (QueueUnavailableException away)
        {
            if (_run.State != RunState.Completed) return (RunState.Interrupted, $"the queue is unavailable: {away.Message}");
        }

        return (RunState.Completed, null);
    }

    /// <summary>What was to be put back when the process died: what is gone was.</summary>
    private async Task SettleIntentAsync()
    {
        var gone = 0;
        foreach (var sequence in _run.Intent)
            if (await SummaryAsync(sequence) is null) gone++;
        if (_run.Intent.Count > 0) await SaveAsync(_run with { Done = _run.Done + gone, Intent = [] });
        _doneBefore = _run.Done;
    }

    /// <summary>Puts the canaries back and waits for their verdicts; says what is wrong with them.</summary>
    private async Task<string?> FailingCanaryAsync(IReadOnlyList<long> canaries, CancellationToken stop)
    {
        if (options.Canary == 0) return null;
        var first = new List<DeadLetterSummary>();
        foreach (var sequence in canaries)
            if (first.Count < Left && await SummaryAsync(sequence) is { } letter) first.Add(letter);
        if (_watch.Remains.Waiting > 0 && _run.Cursor == 0) first.Clear(); // Canaries of an earlier leg are still without a verdict: they do.
        else if (first.Count == 0) return null;

        var before = _run.Done - _watch.Remains.Waiting;
        await PutBackAsync(first);
        var started = clock.GetTimestamp();
        do
        {
            await BeatAsync();
            await _watch.WaitAsync(_run.Done, stop);
            Report(ReplayStage.Canary);
            if (_watch.Failing > 0) return $"{_watch.Failing} of {_run.Done - before} canaries failed again: it is not fixed; nothing else was put back";
        }
        while (!_watch.IsSettled && clock.GetElapsedTime(started) < options.CanaryWait);

        return _watch.IsSettled ? null : $"no verdict on {_watch.Remains.Waiting} of {_run.Done - before} canaries within {options.CanaryWait:g}: does a worker run, and is the destination's lane open? Nothing else was put back";
    }

    /// <summary>Puts the rest back; says why it had to stop.</summary>
    private async Task<string?> ReplayRestAsync(CancellationToken stop)
    {
        await foreach (var page in new DeadLetterScan(letters, filter).AscendAsync(_run.Cursor, _run.LastSequence, stop))
        {
            for (var at = 0; at < page.Matches.Count;)
            {
                if (Left <= 0) return null;
                stop.ThrowIfCancellationRequested();
                var (batch, fit) = Next(page.Matches.Skip(at));
                at += batch.Count;
                await PaceAsync(fit.Count, stop);
                await PutBackAsync(fit);
                _run = _run with { Cursor = batch[^1].Sequence + 1, Skipped = _run.Skipped + batch.Count - fit.Count };
                await _watch.GlanceAsync(_run.Done, stop);
                Report(ReplayStage.Replaying);
                if (_watch.IsTooMuch && await StaysTooMuchAsync(stop)) return TooMuch();
            }

            _run = _run with { Cursor = Math.Max(_run.Cursor, page.LastSequence + 1) };
        }

        // What matched when it began, and was gone before it got there.
        _run = _run with { Skipped = Math.Max(_run.Skipped, _run.Matched - _run.Done - _run.Failed) };
        return null;
    }

    /// <summary>The next ones that go together, up to the last that may still be put back; and those of them that can be.</summary>
    private (List<DeadLetterSummary> Batch, List<DeadLetterSummary> Fit) Next(IEnumerable<DeadLetterSummary> rest)
    {
        var (batch, fit) = (new List<DeadLetterSummary>(), new List<DeadLetterSummary>());
        foreach (var letter in rest.Take(AtOnce))
        {
            batch.Add(letter);
            if (fitness.IsFit(letter)) fit.Add(letter);
            if (fit.Count == Left) break;
        }

        return (batch, fit);
    }

    private int AtOnce => options.Rate is { } rate ? (int)Math.Clamp(rate / 10, 1, MostAtOnce) : MostAtOnce;

    /// <summary>How many it may still put back.</summary>
    private long Left => options.Limit is { } limit ? limit - _run.Done : long.MaxValue;

    /// <summary>Puts letters back, in one batch for all that get the same changes; noted before, counted after.</summary>
    private async Task PutBackAsync(IReadOnlyList<DeadLetterSummary> batch)
    {
        foreach (var (alike, changes) in batch.Count == 0 ? [] : fitness.Alike(batch, _run.Id))
        {
            long[] sequences = [.. alike.Select(letter => letter.Sequence)];
            await SaveAsync(_run with { Intent = sequences });
            FailPoint.Hit(FailPoint.ReplayNoted);
            var (done, failed) = await _queue.ReplayAsync(sequences, changes);
            FailPoint.Hit(FailPoint.ReplayPutBack);
            _run = _run with { Done = _run.Done + done, Failed = _run.Failed + failed, Skipped = _run.Skipped + sequences.Length - done - failed, Intent = [] };
        }
    }

    /// <summary>Waits until so many are due. What was held up is not caught up with: no second gets more than the rate.</summary>
    private async Task PaceAsync(int count, CancellationToken stop)
    {
        if (options.Rate is not { } rate || count == 0) return;
        for (var early = _due - clock.GetElapsedTime(_started); early > TimeSpan.Zero; early -= Beat)
        {
            await BeatAsync();
            await Task.Delay(early < Beat ? early : Beat, clock, stop);
        }

        _due = clock.GetElapsedTime(_started) + TimeSpan.FromSeconds(count / rate);
    }

    /// <summary>Pauses, and looks whether it is still so when the verdicts that are due have come.</summary>
    private async Task<bool> StaysTooMuchAsync(CancellationToken stop)
    {
        var started = clock.GetTimestamp();
        while (_watch.IsTooMuch)
        {
            Report(ReplayStage.Paused);
            if (_watch.IsSettled || clock.GetElapsedTime(started) > Doubt) return true;
            await _watch.WaitAsync(_run.Done, stop);
        }

        return false;
    }

    private string TooMuch() => $"{_watch.Failing} of {_run.Done - _doneBefore} failed again, which is more than {options.StopAt:P0}; the rest stays where it is";

    private async Task WatchAsync(CancellationToken stop)
    {
        var started = clock.GetTimestamp();
        await _watch.LookAsync(_run.Done, stop);
        while (!_watch.IsSettled && clock.GetElapsedTime(started) < options.Wait)
        {
            Report(ReplayStage.Watching);
            await _watch.WaitAsync(_run.Done, stop);
        }
    }

    private async Task<DeadLetterRun> EndAsync(RunState state, string? detail)
    {
        await SaveAsync(_run with { State = state, Detail = detail });
        try
        {
            await _watch.LookAsync(_run.Done, CancellationToken.None);
        }
        catch (QueueUnavailableException)
        {
            // What was seen last is told.
        }

        Report(ReplayStage.Ended);
        return _run;
    }

    /// <summary>Says that it is alive, when it has not for a while: a silent run may be taken over.</summary>
    private Task BeatAsync() => clock.GetUtcNow() - _run.UpdatedAt < Beat ? Task.CompletedTask : SaveAsync(_run);

    private async Task SaveAsync(DeadLetterRun next)
    {
        _run = next with { UpdatedAt = clock.GetUtcNow() };
        if (!await runs.SaveAsync(_run, CancellationToken.None)) throw new RunTakenOverException();
    }

    private async Task<DeadLetterSummary?> SummaryAsync(long sequence) =>
        await letters.SummariesAsync(sequence, 1, BrowseOrder.Ascending, CancellationToken.None) is [var letter] && letter.Sequence == sequence ? letter : null;

    private void Report(ReplayStage stage) => report(new ReplayProgress(stage, _run, _watch.Remains, _watch.Done));

    private sealed class RunTakenOverException : Exception;
}
