using Posthorn.DeadLetters;

namespace Posthorn.Worker.DeadLetters;

/// <summary>Where the tool finds dead letters: the queue itself, or a worker's API.</summary>
internal interface IDeadLetterSource : IDisposable
{
    /// <summary>The newest ones, newest first, and how many there are in all.</summary>
    Task<(IReadOnlyList<DeadLetterView> Letters, long Total)> NewestAsync(int max, CancellationToken cancellationToken);

    /// <summary>One by its sequence number or its envelope's id; null when there is none.</summary>
    Task<DeadLetterDetail?> FindAsync(string which, CancellationToken cancellationToken);
}

/// <summary>A worker's API cannot be asked, or refuses.</summary>
internal sealed class ServerRefusedException(string message, Exception? innerException = null) : Exception(message, innerException);
