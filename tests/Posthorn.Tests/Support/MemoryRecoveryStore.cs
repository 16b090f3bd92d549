using Posthorn.Recovery;

namespace Posthorn.Tests.Support;

/// <summary>Recoveries in memory, each held by its owner until a time.</summary>
internal sealed class MemoryRecoveryStore : MemoryStore, IRecoveryStore
{
    private readonly Dictionary<string, (RecoveryRun Run, string? Owner, DateTimeOffset Until)> _runs = new(StringComparer.Ordinal);

    /// <summary>Happens before each saving; what it throws, the worker meets.</summary>
    public Action<RecoveryRun>? BeforeSave { get; set; }

    /// <summary>The run as it was last saved.</summary>
    public RecoveryRun this[string id]
    {
        get
        {
            lock (Gate) return _runs[id].Run;
        }
    }

    public void Hold(string id, string owner, DateTimeOffset until)
    {
        lock (Gate) _runs[id] = (_runs[id].Run, owner, until);
    }

    public Task AddAsync(RecoveryRun run, CancellationToken cancellationToken) => Answer(() => _runs[run.Id] = (run, null, default));

    public Task<RecoveryRun?> FindAsync(string id, CancellationToken cancellationToken) => Answer(() => _runs.TryGetValue(id, out var held) ? held.Run : null);

    public Task<IReadOnlyList<RecoveryRun>> ListAsync(string endpointId, int max, CancellationToken cancellationToken) =>
        Answer<IReadOnlyList<RecoveryRun>>(() => [.. _runs.Values.Select(held => held.Run).Where(run => run.EndpointId == endpointId).OrderByDescending(run => run.CreatedAt).Take(max)]);

    public Task<RecoveryRun?> ClaimAsync(string owner, DateTimeOffset now, DateTimeOffset until, CancellationToken cancellationToken) => Answer(() =>
    {
        var free = _runs.Values.Where(held => held.Run.State == RecoveryState.Running && (held.Owner is null || held.Owner == owner || held.Until <= now));
        if (free.OrderBy(held => held.Run.CreatedAt).FirstOrDefault().Run is not { } run) return null;
        _runs[run.Id] = (run, owner, until);
        return run;
    });

    public Task<bool> SaveAsync(RecoveryRun run, string owner, DateTimeOffset until, CancellationToken cancellationToken) => Answer(() =>
    {
        BeforeSave?.Invoke(run);
        if (_runs[run.Id].Owner is { } other && other != owner) return false;
        _runs[run.Id] = (run, owner, until);
        return true;
    });
}
