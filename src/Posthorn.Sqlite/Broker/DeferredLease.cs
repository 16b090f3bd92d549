namespace Posthorn.Sqlite.Broker;

/// <summary>A lease on deferred messages by their numbers, all or none.</summary>
internal sealed class DeferredLease(SqliteQueue queue, BrokerEntity entity, IReadOnlyList<long> numbers, BrokerSession? session)
{
    public BrokerEntity Entity => entity;

    /// <summary>Each number once.</summary>
    public IReadOnlyList<long> Numbers { get; } = [.. numbers.Distinct()];

    public long Key { get; } = LockToken.NewKey();

    /// <summary>Leases them.</summary>
    /// <exception cref="MessageNotFoundException">One of them cannot be.</exception>
    /// <exception cref="SessionLockLostException">The session's lock is gone.</exception>
    public async Task<(IReadOnlyList<LeasedRow> Rows, DateTimeOffset Until)> RunAsync()
    {
        var (rows, until, missing) = await queue.WriteAsync(Lease);
        if (until is not { } end) throw new SessionLockLostException(session?.Id ?? "");
        return missing is { } number ? throw new MessageNotFoundException(number) : (rows, end);
    }

    private (List<LeasedRow> Rows, DateTimeOffset? Until, long? Missing) Lease(QueueStatements file, long now)
    {
        BrokerWork.CatchUp(file, now);
        DateTimeOffset? until = session is null ? queue.LockEnd(now) : session.Until(file, now);
        if (until is not { } end) return ([], null, null);
        foreach (var number in Numbers)
            if (!(entity == BrokerEntity.DeadLetters ? file.Letters.IsWaiting(number, now) : file.Broker.IsWaiting(number, now, session?.Id))) return ([], end, number);
        return Lease(file, now, end);
    }

    private (List<LeasedRow> Rows, DateTimeOffset? Until, long? Missing) Lease(QueueStatements file, long now, DateTimeOffset until)
    {
        var rows = new List<LeasedRow>();
        foreach (var number in Numbers)
        {
            if (entity == BrokerEntity.DeadLetters) file.Letters.LeaseDeferred(number, Key, until.ToUnixTimeMilliseconds());
            else if (queue.Alive(file, now, () => file.Broker.LeaseDeferred(number, now, Key, until.ToUnixTimeMilliseconds())) is [var row]) rows.Add(row);
            else return (rows, until, number); // Leased too often, and buried just now.
            if (session is not null) file.Sessions.Note(session.Id, number, Key);
        }

        return (rows, until, null);
    }
}
