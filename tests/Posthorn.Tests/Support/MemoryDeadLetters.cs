using Posthorn.Queues;

namespace Posthorn.Tests.Support;

/// <summary>Dead letters in memory.</summary>
internal sealed class MemoryDeadLetters : IDeadLetterQueue
{
    private readonly Lock _gate = new();
    private readonly List<DeadLetter> _letters = [];
    private readonly List<(DeadLetter Letter, DateTimeOffset? Deadline)> _replayed = [];
    private long _sequence;

    /// <summary>Happens to each dead letter that is put back: it may die again.</summary>
    public Action<DeadLetter>? AfterReplay { get; set; }

    /// <summary>What was put back, with the deadline it got.</summary>
    public IReadOnlyList<(DeadLetter Letter, DateTimeOffset? Deadline)> Replayed
    {
        get
        {
            lock (_gate) return [.. _replayed];
        }
    }

    /// <summary>Buries a message.</summary>
    public DeadLetter Bury(QueueMessage message, DateTimeOffset enqueuedAt, DateTimeOffset died, int replays = 0)
    {
        lock (_gate)
        {
            var letter = new DeadLetter
            {
                Sequence = ++_sequence,
                Message = message,
                Reason = DeadLetterReason.RetriesExhausted,
                Description = "HTTP 500",
                EnqueuedAt = enqueuedAt,
                DeadLetteredAt = died,
                DeliveryCount = 1,
                Progress = new DeliveryProgress { AttemptsMade = 3, Replays = replays },
            };
            _letters.Add(letter);
            return letter;
        }
    }

    public Task<IReadOnlyList<DeadLetter>> BrowseAsync(long fromSequence, int max, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<DeadLetter>>(Read(letters => letters.Where(letter => letter.Sequence >= fromSequence).Take(max)));

    public Task<IReadOnlyList<DeadLetter>> NewestAsync(int max, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<DeadLetter>>(Read(letters => letters.AsEnumerable().Reverse().Take(max)));

    public Task<long> CountAsync(CancellationToken cancellationToken) => Task.FromResult((long)Read(letters => letters).Count);

    public Task<IReadOnlyList<long>> ReplayAsync(IReadOnlyList<long> sequences, DateTimeOffset? newDeadline, CancellationToken cancellationToken)
    {
        var there = Read(letters => letters.Where(letter => sequences.Contains(letter.Sequence)));
        lock (_gate)
        {
            _letters.RemoveAll(there.Contains);
            _replayed.AddRange(there.Select(letter => (letter, newDeadline)));
        }

        foreach (var letter in there) AfterReplay?.Invoke(letter);
        return Task.FromResult<IReadOnlyList<long>>([.. there.Select(letter => letter.Sequence)]);
    }

    public Task<int> PurgeAsync(IReadOnlyList<long> sequences, CancellationToken cancellationToken)
    {
        lock (_gate) return Task.FromResult(_letters.RemoveAll(letter => sequences.Contains(letter.Sequence)));
    }

    private List<DeadLetter> Read(Func<List<DeadLetter>, IEnumerable<DeadLetter>> which)
    {
        lock (_gate) return [.. which(_letters)];
    }
}
