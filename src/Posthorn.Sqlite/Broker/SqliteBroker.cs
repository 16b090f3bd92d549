using Posthorn.Queues;

namespace Posthorn.Sqlite.Broker;

/// <summary>
/// What Azure Service Bus does beyond the queue port, on the same file: for the front door only. A plain receiver gets what the worker's
/// pump would get, and an ordering key's messages one by one; whoever holds a session has the key for itself. The two exclude each other:
/// a session whose first message the pump has is not given out, and of one that is held the pump gets nothing. A deferred message is in
/// no line: what comes after it in its key goes on. Locks are rows, so after a crash they end by themselves.
/// </summary>
public sealed class SqliteBroker : IDisposable
{
    private readonly SqliteQueue _queue;
    private readonly BrokerReader _reader;

    /// <summary>Opens it beside a queue, which must outlive it.</summary>
    public SqliteBroker(SqliteQueue queue)
    {
        ArgumentNullException.ThrowIfNull(queue);
        _queue = queue;
        _reader = queue.Translated(() => new BrokerReader(queue.Connect()));
    }

    /// <summary>The queue's clock, by which locks end and messages become due.</summary>
    public TimeProvider Clock => _queue.Clock;

    /// <summary>Puts messages on the queue, all or none, and tells their numbers: 0 of one that was dropped as a duplicate.</summary>
    public async Task<IReadOnlyList<long>> SendAsync(IReadOnlyList<QueueMessage> messages) => (await ApplyAsync([new BrokerChange.Send(messages)]))[0];

    /// <summary>Whether a lock is held now; what is to be settled later may then still find it gone.</summary>
    public Task<bool> IsHeldAsync(BrokerEntity entity, LockToken held) => _queue.Reading(() => _reader.IsHeld(entity, held, _queue.Now));

    /// <summary>Settles one message.</summary>
    /// <exception cref="LockLostException">Its lock is gone.</exception>
    public Task SettleAsync(BrokerEntity entity, LockToken held, Settlement how) => ApplyAsync([new BrokerChange.Settle(entity, held, how)]);

    /// <summary>Does all of it or nothing, in one transaction: first every lock is looked at, then everything is done.</summary>
    /// <returns>Of each change the numbers of what was sent by it.</returns>
    /// <exception cref="LockLostException">One of the locks is gone, or would be used twice.</exception>
    public async Task<IReadOnlyList<IReadOnlyList<long>>> ApplyAsync(IReadOnlyList<BrokerChange> changes)
    {
        ArgumentNullException.ThrowIfNull(changes);
        var work = new BrokerWork(_queue, changes);
        var numbers = await _queue.WriteAsync(work.Apply);
        _queue.Ring();
        return numbers ?? throw new LockLostException(changes.Count == 1 ? "the lock is gone: it ran out, or was used before" : "a lock of the transaction is gone: it ran out, or was used before");
    }

    /// <summary>Receives what is due, waiting at most so long for the first; of the queue itself as the port does.</summary>
    public async Task<IReadOnlyList<BrokerMessage>> ReceiveAsync(BrokerEntity entity, int max, TimeSpan maxWait, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(max);
        return entity == BrokerEntity.DeadLetters
            ? await WaitAsync(_reader.NextLetter, () => LeaseLettersAsync(max), maxWait, cancellationToken) ?? []
            : [.. (await _queue.ReceiveAsync(max, max, maxWait, cancellationToken)).OfType<SqliteLease>().Select(Leased)];
    }

    /// <summary>Receives deferred messages by their numbers, all or none.</summary>
    /// <exception cref="MessageNotFoundException">One of them is not there, is not deferred, or is locked.</exception>
    public Task<IReadOnlyList<BrokerMessage>> ReceiveDeferredAsync(BrokerEntity entity, IReadOnlyList<long> sequenceNumbers) =>
        ReceiveDeferredAsync(new DeferredLease(_queue, entity, sequenceNumbers, session: null));

    /// <summary>Looks at messages in the order of their numbers, whatever their state, and locks none.</summary>
    /// <param name="entity">Where.</param>
    /// <param name="from">The first number wanted.</param>
    /// <param name="max">How many.</param>
    /// <param name="session">Only those of a session of the queue; null is all.</param>
    public Task<IReadOnlyList<BrokerMessage>> PeekAsync(BrokerEntity entity, long from, int max, string? session = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(max);
        return Task.Run(() => _queue.Translated(() => entity == BrokerEntity.DeadLetters ? _reader.Letters(from, max, _queue.Now) : _reader.Page(from, max, session, _queue.Now)));
    }

    /// <summary>Takes scheduled messages back, all or none.</summary>
    /// <exception cref="MessageNotFoundException">One of them is not there, or is due.</exception>
    public async Task CancelAsync(IReadOnlyList<long> sequenceNumbers)
    {
        ArgumentNullException.ThrowIfNull(sequenceNumbers);
        var missing = await _queue.WriteAsync((file, now) => file.Broker.Cancel(sequenceNumbers, now));
        _queue.Ring();
        if (missing is { } number) throw new MessageNotFoundException(number);
    }

    /// <summary>Extends a lock by the queue's lock duration from now; that of a session's message is its session's.</summary>
    /// <returns>When it ends.</returns>
    /// <exception cref="LockLostException">It is gone.</exception>
    public async Task<DateTimeOffset> RenewAsync(BrokerEntity entity, LockToken held)
    {
        var until = await _queue.WriteAsync((file, now) =>
        {
            var end = _queue.LockEnd(now);
            var isHeld = entity == BrokerEntity.DeadLetters ? file.Letters.Renew(held, now, end.ToUnixTimeMilliseconds()) : file.Broker.Renew(held, now, end.ToUnixTimeMilliseconds());
            return isHeld ? end : (DateTimeOffset?)null;
        });
        return until ?? throw new LockLostException($"the lock on message {held.SequenceNumber} is gone");
    }

    /// <summary>Locks a session: the named one, or the next that has a message due.</summary>
    /// <param name="id">Which; null is the next.</param>
    /// <param name="maxWait">How long to wait for one; a named one is not waited for.</param>
    /// <param name="cancellationToken">Stops the waiting.</param>
    /// <returns>The session; null when none had a message in time.</returns>
    /// <exception cref="SessionLockedException">The named one is held.</exception>
    public async Task<BrokerSession?> AcceptSessionAsync(string? id, TimeSpan maxWait, CancellationToken cancellationToken)
    {
        await _queue.HeedHoldsAsync();
        var session = id is null ? await WaitAsync(_ => _reader.NextSession(), () => LockSessionAsync(id), maxWait, cancellationToken) : await LockSessionAsync(id);
        return id is not null && session is null ? throw new SessionLockedException(id) : session;
    }

    /// <summary>The sessions that have messages, in the order of their names.</summary>
    public Task<IReadOnlyList<string>> SessionsAsync(int skip, int max) => Task.Run(() => _queue.Translated(() => _reader.Sessions(skip, max)));

    /// <inheritdoc/>
    public void Dispose() => _reader.Dispose();

    internal BrokerReader Reader => _reader;

    internal async Task<IReadOnlyList<BrokerMessage>> ReceiveDeferredAsync(DeferredLease lease)
    {
        var (rows, until) = await lease.RunAsync();
        return Read(() => lease.Entity == BrokerEntity.DeadLetters
            ? [.. lease.Numbers.Select(number => _reader.LetterOf(new LockToken(number, lease.Key), until)).OfType<BrokerMessage>()]
            : Leased(rows, lease.Key, until, BrokerMessageState.Deferred));
    }

    /// <summary>What was just leased, with its contents.</summary>
    internal IReadOnlyList<BrokerMessage> Leased(IReadOnlyList<LeasedRow> rows, long key, DateTimeOffset until, BrokerMessageState state) =>
        [.. rows.Select(row => _reader.MessageOf(row, new LockToken(row.Sequence, key), until, state))];

    internal T Read<T>(Func<T> read) => _queue.Translated(read);

    /// <summary>Tries until there is an answer; null when there was none in time.</summary>
    /// <param name="next">Tells when there may be one, of the time now; both in Unix milliseconds.</param>
    /// <param name="attempt">Tries, and gives null when there is none.</param>
    /// <param name="maxWait">How long.</param>
    /// <param name="cancellationToken">Stops the waiting.</param>
    internal Task<T?> WaitAsync<T>(Func<long, long?> next, Func<Task<T?>> attempt, TimeSpan maxWait, CancellationToken cancellationToken)
        where T : class => _queue.WaitAsync(now => _queue.News.Mark(() => next(now)), attempt, maxWait, cancellationToken);

    private static BrokerMessage Leased(SqliteLease lease) => new()
    {
        Message = lease.Message,
        SequenceNumber = lease.SequenceNumber,
        EnqueuedAt = lease.EnqueuedAt,
        DeliveryCount = lease.DeliveryCount,
        Progress = lease.Progress,
        State = BrokerMessageState.Active,
        Lock = new BrokerLock(new LockToken(lease.SequenceNumber, lease.Token), lease.LockedUntil),
    };

    private async Task<IReadOnlyList<BrokerMessage>?> LeaseLettersAsync(int max)
    {
        var key = LockToken.NewKey();
        var (numbers, until) = await _queue.WriteAsync((file, now) => (file.Letters.Lease(key, _queue.LockEnd(now).ToUnixTimeMilliseconds(), now, max), _queue.LockEnd(now)));
        List<BrokerMessage> letters = Read(() => numbers.Select(number => _reader.LetterOf(new LockToken(number, key), until)).OfType<BrokerMessage>().ToList());
        return letters.Count > 0 ? letters : null;
    }

    private async Task<BrokerSession?> LockSessionAsync(string? id)
    {
        var key = LockToken.NewKey();
        var (session, until) = await _queue.WriteAsync<(string?, DateTimeOffset)>((file, now) =>
        {
            BrokerWork.CatchUp(file, now);
            var chosen = id ?? file.Sessions.Next(now);
            if (chosen is null || file.Sessions.IsTaken(chosen, now)) return (null, default);
            var end = _queue.LockEnd(now);
            file.Sessions.Lock(chosen, key, end.ToUnixTimeMilliseconds());
            return (chosen, end);
        });
        return session is null ? null : new BrokerSession(_queue, this, session, key, until);
    }
}
