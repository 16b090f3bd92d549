using Posthorn.DeadLetters;

namespace Posthorn.Tests.Support;

/// <summary>Runs over dead letters in memory, each saved by its owner alone.</summary>
internal sealed class MemoryDeadLetterRunStore : MemoryStore, IDeadLetterRunStore
{
    private readonly Dictionary<string, DeadLetterRun> _runs = new(StringComparer.Ordinal);

    /// <summary>Happens before each saving; what it throws, whoever saves meets.</summary>
    public Action<DeadLetterRun>? BeforeSave { get; set; }

    /// <summary>The run as it was last saved.</summary>
    public DeadLetterRun this[string id]
    {
        get
        {
            lock (Gate) return _runs[id];
        }
    }

    public Task AddAsync(DeadLetterRun run, CancellationToken cancellationToken) => Answer(() =>
    {
        _runs.Add(run.Id, Copy(run));
        return true;
    });

    public Task<DeadLetterRun?> FindAsync(string id, CancellationToken cancellationToken) => Answer(() => _runs.GetValueOrDefault(id));

    public Task<IReadOnlyList<DeadLetterRun>> NewestAsync(int max, CancellationToken cancellationToken) => Answer<IReadOnlyList<DeadLetterRun>>(() =>
        [.. _runs.Values.OrderByDescending(run => run.StartedAt).ThenByDescending(run => run.Id, StringComparer.Ordinal).Take(max)]);

    public Task<bool> SaveAsync(DeadLetterRun run, CancellationToken cancellationToken) => Answer(() =>
    {
        BeforeSave?.Invoke(run);
        if (!IsOwned(run.Id, run.Owner)) return false;
        _runs[run.Id] = Copy(run);
        return true;
    });

    public Task<DeadLetterRun?> TakeOverAsync(string id, string seenOwner, string newOwner, CancellationToken cancellationToken) => Answer(() =>
        IsOwned(id, seenOwner) ? _runs[id] = _runs[id] with { Owner = newOwner } : null);

    private bool IsOwned(string id, string owner) => _runs.TryGetValue(id, out var run) && run.Owner == owner;

    /// <summary>What is saved stays as it is when the list that was handed in goes on changing.</summary>
    private static DeadLetterRun Copy(DeadLetterRun run) => run with { Intent = [.. run.Intent] };
}
