namespace Posthorn.Sqlite.Broker;

/// <summary>
/// A session under lock: its messages in the order of their numbers, for one holder. Later ones may be received while earlier ones are
/// locked; one that is abandoned comes first again. Every member throws <see cref="SessionLockLostException"/> when the lock is gone.
/// </summary>
public sealed class BrokerSession
{
    private readonly SqliteQueue _queue;
    private readonly SqliteBroker _broker;
    private readonly long _key;
    private long _lockedUntilTicks;

    internal BrokerSession(SqliteQueue queue, SqliteBroker broker, string id, long key, DateTimeOffset lockedUntil)
    {
        (_queue, _broker, Id, _key) = (queue, broker, id, key);
        _lockedUntilTicks = lockedUntil.UtcTicks;
    }

    /// <summary>The session's id: the ordering key of its messages.</summary>
    public string Id { get; }

    /// <summary>When the lock ends, unless renewed; with it end those on its messages.</summary>
    public DateTimeOffset LockedUntil => new(Volatile.Read(ref _lockedUntilTicks), TimeSpan.Zero);

    /// <summary>Receives the next messages, waiting at most so long for the first.</summary>
    public async Task<IReadOnlyList<BrokerMessage>> ReceiveAsync(int max, TimeSpan maxWait, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(max);
        return await _broker.WaitAsync(now => _broker.Reader.NextOf(Id, _key, now), () => LeaseAsync(max), maxWait, cancellationToken) ?? [];
    }

    /// <summary>Receives deferred messages of the session by their numbers, all or none.</summary>
    /// <exception cref="MessageNotFoundException">One of them is not there, is not deferred, or is locked.</exception>
    public Task<IReadOnlyList<BrokerMessage>> ReceiveDeferredAsync(IReadOnlyList<long> sequenceNumbers) =>
        _broker.ReceiveDeferredAsync(new DeferredLease(_queue, BrokerEntity.Queue, sequenceNumbers, this));

    /// <summary>Extends the lock, and those on its messages, by the queue's lock duration from now.</summary>
    /// <returns>When it ends.</returns>
    public async Task<DateTimeOffset> RenewAsync()
    {
        var until = DateTimeOffset.MinValue;
        await HoldingAsync((file, now) =>
        {
            until = _queue.LockEnd(now);
            return file.Sessions.Renew(Id, _key, now, until.ToUnixTimeMilliseconds());
        });
        Volatile.Write(ref _lockedUntilTicks, until.UtcTicks);
        return until;
    }

    /// <summary>What the session keeps; null when it keeps nothing.</summary>
    public async Task<byte[]?> GetStateAsync()
    {
        await HoldingAsync((file, now) => Until(file, now) is not null);
        return _broker.Read(() => _broker.Reader.State(Id));
    }

    /// <summary>Keeps bytes with the session, whether or not it has messages; null clears them.</summary>
    public Task SetStateAsync(byte[]? state) => HoldingAsync((file, now) =>
    {
        if (Until(file, now) is null) return false;
        file.Sessions.SetState(Id, state);
        return true;
    });

    /// <summary>Gives the session up; what was received and not settled is there again, and its delivery does not count. Without effect when the lock is gone.</summary>
    public async Task ReleaseAsync()
    {
        await _queue.WriteAsync((file, now) => file.Sessions.Release(Id, _key, now));
        _queue.Ring();
    }

    /// <summary>When the lock ends, within the writer's transaction; null when it is gone.</summary>
    internal DateTimeOffset? Until(QueueStatements file, long now) =>
        file.Sessions.Until(Id, _key, now) is { } until ? DateTimeOffset.FromUnixTimeMilliseconds(until) : null;

    private async Task<IReadOnlyList<BrokerMessage>?> LeaseAsync(int max)
    {
        var key = LockToken.NewKey();
        var (rows, until) = await _queue.WriteAsync<(List<LeasedRow>, DateTimeOffset?)>((file, now) =>
        {
            BrokerWork.CatchUp(file, now);
            if (Until(file, now) is not { } end) return ([], null);
            var leased = _queue.Alive(file, now, () => file.Sessions.Lease(Id, key, end.ToUnixTimeMilliseconds(), now, max));
            foreach (var row in leased) file.Sessions.Note(Id, row.Sequence, key);
            return (leased, end);
        });
        if (until is not { } lockedUntil) throw new SessionLockLostException(Id);
        return rows.Count > 0 ? _broker.Read(() => _broker.Leased(rows, key, lockedUntil, BrokerMessageState.Active)) : null;
    }

    private async Task HoldingAsync(Func<QueueStatements, long, bool> change)
    {
        if (!await _queue.WriteAsync(change)) throw new SessionLockLostException(Id);
    }
}
