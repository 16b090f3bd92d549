using System.Diagnostics;
using Posthorn.Queues;

namespace Posthorn.Diagnostics;

/// <summary>A dead-letter queue whose replays are traced. An edited message stays in the trace of the one it goes in place of.</summary>
public sealed class ObservedDeadLetters(IDeadLetterQueue queue) : IDeadLetterQueue
{
    private const int MostLinks = 16; // A run of thousands is found by its id, which the spans of its messages carry.

    /// <inheritdoc/>
    public async Task<IReadOnlyList<long>> ReplayAsync(IReadOnlyList<long> sequences, ReplayChanges changes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sequences);
        ArgumentNullException.ThrowIfNull(changes);
        var isTraced = PosthornSpans.Source.HasListeners() && sequences.Count <= MostLinks;
        var producers = isTraced || changes.Instead is not null ? await ProducersAsync(sequences, cancellationToken) : [];
        if (changes.Instead is { } instead && producers.Count > 0) changes = changes with { Instead = TraceContext.Onto(instead, producers[0]) };
        using var span = PosthornSpans.Replay(sequences.Count, changes.Run, producers);
        return await Measured.CallAsync("replay", span, () => queue.ReplayAsync(sequences, changes, cancellationToken));
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<DeadLetter>> BrowseAsync(long fromSequence, int max, CancellationToken cancellationToken) => queue.BrowseAsync(fromSequence, max, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<DeadLetterSummary>> SummariesAsync(long fromSequence, int max, BrowseOrder order, CancellationToken cancellationToken) => queue.SummariesAsync(fromSequence, max, order, cancellationToken);

    /// <inheritdoc/>
    public Task<long> CountAsync(CancellationToken cancellationToken) => queue.CountAsync(cancellationToken);

    /// <inheritdoc/>
    public Task<RunRemains> FollowAsync(string run, CancellationToken cancellationToken) => queue.FollowAsync(run, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<bool>> ImportAsync(IReadOnlyList<DeadLetter> letters, CancellationToken cancellationToken) => queue.ImportAsync(letters, cancellationToken);

    /// <inheritdoc/>
    public Task<int> PurgeAsync(IReadOnlyList<long> sequences, CancellationToken cancellationToken) => queue.PurgeAsync(sequences, cancellationToken);

    private async Task<IReadOnlyList<ActivityContext>> ProducersAsync(IReadOnlyList<long> sequences, CancellationToken cancellationToken)
    {
        var producers = new List<ActivityContext>(sequences.Count);
        foreach (var sequence in sequences)
            if (await queue.BrowseAsync(sequence, 1, cancellationToken) is [{ Message: var message, Sequence: var found }] && found == sequence && TraceContext.Of(message) is { } producer) producers.Add(producer);
        return producers;
    }
}
