namespace Posthorn.Recovery;

/// <summary>Keeps recoveries. Every member may throw <see cref="StoreUnavailableException"/>.</summary>
public interface IRecoveryStore
{
    /// <summary>Adds a run.</summary>
    Task AddAsync(RecoveryRun run, CancellationToken cancellationToken);

    /// <summary>Finds a run; null when there is none.</summary>
    Task<RecoveryRun?> FindAsync(string id, CancellationToken cancellationToken);

    /// <summary>The newest runs of an endpoint, newest first.</summary>
    Task<IReadOnlyList<RecoveryRun>> ListAsync(string endpointId, int max, CancellationToken cancellationToken);

    /// <summary>Takes the oldest running one that no other owner holds, until a time; one process works on a run at once.</summary>
    Task<RecoveryRun?> ClaimAsync(string owner, DateTimeOffset now, DateTimeOffset until, CancellationToken cancellationToken);

    /// <summary>Saves how far the owner has come, and holds it until a time.</summary>
    /// <returns>False when another owner has it by now: the work is to be left.</returns>
    Task<bool> SaveAsync(RecoveryRun run, string owner, DateTimeOffset until, CancellationToken cancellationToken);
}
