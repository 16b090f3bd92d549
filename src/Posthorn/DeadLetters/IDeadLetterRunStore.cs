namespace Posthorn.DeadLetters;

/// <summary>Keeps runs. Every member may throw <see cref="Stores.StoreUnavailableException"/>; what was saved is on disk.</summary>
public interface IDeadLetterRunStore
{
    /// <summary>Adds a run.</summary>
    Task AddAsync(DeadLetterRun run, CancellationToken cancellationToken);

    /// <summary>Finds a run; null when there is none.</summary>
    Task<DeadLetterRun?> FindAsync(string id, CancellationToken cancellationToken);

    /// <summary>The newest runs, newest first.</summary>
    Task<IReadOnlyList<DeadLetterRun>> NewestAsync(int max, CancellationToken cancellationToken);

    /// <summary>Saves a run for its <see cref="DeadLetterRun.Owner"/>.</summary>
    /// <returns>False when another process has taken it over: nothing was saved, and the work is to be left.</returns>
    Task<bool> SaveAsync(DeadLetterRun run, CancellationToken cancellationToken);

    /// <summary>Makes another process a run's owner, if it still has the owner that was seen.</summary>
    /// <returns>The run with its new owner; null when somebody else was faster, or there is no such run.</returns>
    Task<DeadLetterRun?> TakeOverAsync(string id, string seenOwner, string newOwner, CancellationToken cancellationToken);
}
