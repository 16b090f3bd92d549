using Posthorn.Queues;

namespace Posthorn.Tests.Support;

/// <summary>Dead letters in memory.</summary>
internal sealed class MemoryDeadLetters : IDeadLetterQueue
{
    private readonly Lock _gate = new();
    private readonly List<DeadLetter> _letters = [];
    private readonly List<(DeadLetter Letter, ReplayChanges Changes)> _replayed = [];
    private long _sequence;

    /// <summary>Happens to each dead letter that is put back: it may die again.</summary>
    public Action<DeadLetter>? AfterReplay { get; set; }

    /// <summary>Whether nothing can be put back now.</summary>
    public bool IsAway { get; set; }

    /// <summary>What is told of the runs.</summary>
    public Func<string, RunRemains> Remains { get; set; } = _ => new RunRemains(0, 0, 0);

    /// <summary>What was put back, with what was different about it.</summary>
    public IReadOnlyList<(DeadLetter Letter, ReplayChanges Changes)> Replayed
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

    public Task<IReadOnlyList<DeadLetterSummary>> SummariesAsync(long fromSequence, int max, BrowseOrder order, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<DeadLetterSummary>>([.. Read(letters => order == BrowseOrder.Ascending
            ? letters.Where(letter => letter.Sequence >= fromSequence).Take(max)
            : letters.Where(letter => letter.Sequence <= fromSequence).Reverse().Take(max)).Select(DeadLetterSummary.Of)]);

    public Task<long> CountAsync(CancellationToken cancellationToken) => Task.FromResult((long)Read(letters => letters).Count);

    public Task<IReadOnlyList<long>> ReplayAsync(IReadOnlyList<long> sequences, ReplayChanges changes, CancellationToken cancellationToken)
    {
        if (IsAway) throw new QueueUnavailableException("the queue is away");
        var there = Read(letters => letters.Where(letter => sequences.Contains(letter.Sequence)));
        lock (_gate)
        {
            _letters.RemoveAll(there.Contains);
            _replayed.AddRange(there.Select(letter => (letter, changes)));
        }

        foreach (var letter in there) AfterReplay?.Invoke(letter);
        return Task.FromResult<IReadOnlyList<long>>([.. there.Select(letter => letter.Sequence)]);
    }

    public Task<RunRemains> FollowAsync(string run, CancellationToken cancellationToken) => Task.FromResult(Remains(run));

    public Task<IReadOnlyList<bool>> ImportAsync(IReadOnlyList<DeadLetter> letters, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return Task.FromResult<IReadOnlyList<bool>>([.. letters.Select(letter =>
            {
                if (_letters.Exists(each => each.Message.MessageId == letter.Message.MessageId && each.EnqueuedAt == letter.EnqueuedAt)) return false;
                _letters.Add(letter with { Sequence = ++_sequence });
                return true;
            })]);
        }
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
