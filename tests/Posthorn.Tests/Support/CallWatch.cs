using Posthorn.DeadLetters;
using Posthorn.Queues;

namespace Posthorn.Tests.Support;

/// <summary>Sees every call to what lies behind it, before it takes effect and after; what it throws then, the caller meets.</summary>
internal sealed class CallWatch
{
    private int _calls;

    public Action<Call>? Before { get; set; }

    public Action<Call>? After { get; set; }

    /// <summary>What a page is given without.</summary>
    public Func<DeadLetter, bool> IsReadable { get; set; } = _ => true;

    public IDeadLetterQueue Over(IDeadLetterQueue letters) => new Letters(letters, this);

    public IDeadLetterRunStore Over(IDeadLetterRunStore runs) => new Runs(runs, this);

    private async Task<T> SeeAsync<T>(string name, IReadOnlyList<long> sequences, Func<Task<T>> call)
    {
        var seen = new Call(++_calls, name, sequences);
        Before?.Invoke(seen);
        var answer = await call();
        After?.Invoke(seen);
        return answer;
    }

    /// <summary>One call.</summary>
    /// <param name="Number">Its place among all, from 1.</param>
    /// <param name="Name">The member's name.</param>
    /// <param name="Sequences">The dead letters it is about.</param>
    internal sealed record Call(int Number, string Name, IReadOnlyList<long> Sequences)
    {
        public bool IsReplay => Name == nameof(IDeadLetterQueue.ReplayAsync);
    }

    private sealed class Letters(IDeadLetterQueue inner, CallWatch watch) : IDeadLetterQueue
    {
        public Task<IReadOnlyList<DeadLetter>> BrowseAsync(long fromSequence, int max, CancellationToken cancellationToken) =>
            watch.SeeAsync(nameof(BrowseAsync), [fromSequence], async () => (IReadOnlyList<DeadLetter>)[.. (await inner.BrowseAsync(fromSequence, max, cancellationToken)).Where(watch.IsReadable)]);

        public Task<IReadOnlyList<DeadLetterSummary>> SummariesAsync(long fromSequence, int max, BrowseOrder order, CancellationToken cancellationToken) =>
            watch.SeeAsync(nameof(SummariesAsync), [fromSequence], () => inner.SummariesAsync(fromSequence, max, order, cancellationToken));

        public Task<long> CountAsync(CancellationToken cancellationToken) => watch.SeeAsync(nameof(CountAsync), [], () => inner.CountAsync(cancellationToken));

        public Task<IReadOnlyList<long>> ReplayAsync(IReadOnlyList<long> sequences, ReplayChanges changes, CancellationToken cancellationToken) =>
            watch.SeeAsync(nameof(ReplayAsync), sequences, () => inner.ReplayAsync(sequences, changes, cancellationToken));

        public Task<RunRemains> FollowAsync(string run, CancellationToken cancellationToken) => watch.SeeAsync(nameof(FollowAsync), [], () => inner.FollowAsync(run, cancellationToken));

        public Task<IReadOnlyList<bool>> ImportAsync(IReadOnlyList<DeadLetter> letters, CancellationToken cancellationToken) =>
            watch.SeeAsync(nameof(ImportAsync), [], () => inner.ImportAsync(letters, cancellationToken));

        public Task<int> PurgeAsync(IReadOnlyList<long> sequences, CancellationToken cancellationToken) =>
            watch.SeeAsync(nameof(PurgeAsync), sequences, () => inner.PurgeAsync(sequences, cancellationToken));
    }

    private sealed class Runs(IDeadLetterRunStore inner, CallWatch watch) : IDeadLetterRunStore
    {
        public Task AddAsync(DeadLetterRun run, CancellationToken cancellationToken) => inner.AddAsync(run, cancellationToken);

        public Task<DeadLetterRun?> FindAsync(string id, CancellationToken cancellationToken) => inner.FindAsync(id, cancellationToken);

        public Task<IReadOnlyList<DeadLetterRun>> NewestAsync(int max, CancellationToken cancellationToken) => inner.NewestAsync(max, cancellationToken);

        public Task<bool> SaveAsync(DeadLetterRun run, CancellationToken cancellationToken) => watch.SeeAsync(nameof(SaveAsync), run.Intent, () => inner.SaveAsync(run, cancellationToken));

        public Task<DeadLetterRun?> TakeOverAsync(string id, string seenOwner, string newOwner, CancellationToken cancellationToken) => inner.TakeOverAsync(id, seenOwner, newOwner, cancellationToken);
    }
}
