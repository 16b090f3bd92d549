using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Posthorn.Envelopes;
using Posthorn.Queues;
using Posthorn.Retrying;

namespace Posthorn.Delivery;

/// <summary>
/// What this process did with messages whose lock was lost before they were settled. A receiver's answer must not be asked for twice:
/// the next lease of such a message is settled with what is remembered. Other processes do not know, and send again.
/// </summary>
public sealed class RecentOutcomes
{
    private const int MostRemembered = 10_000;
    private readonly ConcurrentDictionary<AttemptKey, Posting> _postings = new();
    private readonly ConcurrentQueue<Posting> _unsettled = new();

    /// <summary>How many messages are under way or remembered.</summary>
    internal int Count => _postings.Count;

    /// <summary>
    /// Begins the attempt that a lease is for. While the same attempt of an earlier lease is still under way here, its end is waited
    /// for.
    /// </summary>
    /// <returns>The attempt, and what it has led to already, if it has.</returns>
    /// <exception cref="OperationCanceledException">The worker stops.</exception>
    public async ValueTask<(Posting Posting, AttemptOutcome? Known)> BeginAsync(ILease lease, CancellationToken stopping)
    {
        ArgumentNullException.ThrowIfNull(lease);
        var mine = new Posting(this, new AttemptKey(lease.SequenceNumber, lease.Progress.AttemptsMade));
        while (true)
        {
            var there = _postings.GetOrAdd(mine.Key, mine);
            if (ReferenceEquals(there, mine)) return (mine, null);
            await there.Ended.WaitAsync(stopping);
            if (there.Outcome is { } known) return (there, known);
        }
    }

    internal void End(Posting posting)
    {
        if (posting.Outcome is null) _postings.TryRemove(KeyValuePair.Create(posting.Key, posting));
        else _unsettled.Enqueue(posting);
        while (_unsettled.Count > MostRemembered && _unsettled.TryDequeue(out var oldest)) Forget(oldest);
    }

    internal void Forget(Posting posting) => _postings.TryRemove(KeyValuePair.Create(posting.Key, posting));
}

/// <summary>One attempt, from its begin until its message is settled.</summary>
public sealed class Posting : IDisposable
{
    private readonly RecentOutcomes _outcomes;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal Posting(RecentOutcomes outcomes, AttemptKey key) => (_outcomes, Key) = (outcomes, key);

    internal AttemptOutcome? Outcome { get; private set; }

    internal AttemptKey Key { get; }

    internal Task Ended => _ended.Task;

    /// <summary>The attempt is over: from here on it is not made again in this process.</summary>
    public void Reached(AttemptOutcome outcome) => Outcome = outcome;

    /// <summary>The message is settled: there is nothing left to remember.</summary>
    public void Settled()
    {
        Outcome = null;
        _outcomes.Forget(this);
    }

    /// <summary>Ends it; what was reached and not settled is remembered.</summary>
    public void Dispose()
    {
        if (_ended.Task.IsCompleted) return;
        _outcomes.End(this);
        _ended.TrySetResult();
    }
}

/// <summary>What an attempt led to.</summary>
/// <param name="Envelope">What was sent, and where it went.</param>
/// <param name="Verdict">What becomes of the message.</param>
/// <param name="Attempt">The attempt as it is recorded.</param>
public sealed record AttemptOutcome(Envelope Envelope, Verdict Verdict, AttemptRecord Attempt);

/// <summary>An attempt of one message: a queue never gives its number to another.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct AttemptKey(long SequenceNumber, int AttemptsMade);
