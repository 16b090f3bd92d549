using Microsoft.Data.Sqlite;

namespace Posthorn.Sqlite.Broker;

/// <summary>
/// Locks on dead letters, each inside the writer's transaction; times are Unix milliseconds. They bind only who receives: an operator's
/// replay or purge takes a letter from under its lock, and its receiver is then told that the lock is lost.
/// </summary>
internal sealed class LetterStatements(SqliteConnection connection) : IDisposable
{
    /// <summary>Of <c>dead_letters</c>, those that may be received; <c>$0</c> is the time.</summary>
    public const string IsFree = """
        NOT EXISTS (SELECT 1 FROM dead_letter_leases held WHERE held.sequence = dead_letters.sequence AND (held.is_deferred = 1 OR held.locked_until > $0))
        """;

    private readonly Statement _lease = new(connection, $"""
        INSERT INTO dead_letter_leases (sequence, lock_token, locked_until, delivery_count)
        SELECT sequence, $1, $2, 1 FROM dead_letters WHERE {IsFree} ORDER BY sequence LIMIT $3
        ON CONFLICT (sequence) DO UPDATE SET lock_token = $1, locked_until = $2, delivery_count = delivery_count + 1
        RETURNING sequence
        """);
    private readonly Statement _deferred = new(connection, "SELECT 1 FROM dead_letter_leases WHERE sequence = $0 AND is_deferred = 1 AND locked_until <= $1");
    private readonly Statement _leaseDeferred = new(connection, "UPDATE dead_letter_leases SET lock_token = $1, locked_until = $2, delivery_count = delivery_count + 1 WHERE sequence = $0");
    private readonly Statement _held = new(connection, "SELECT 1 FROM dead_letter_leases WHERE sequence = $0 AND lock_token = $1 AND locked_until > $2");
    private readonly Statement _abandon = new(connection, "UPDATE dead_letter_leases SET lock_token = NULL, locked_until = 0 WHERE sequence = $0");
    private readonly Statement _release = new(connection, "UPDATE dead_letter_leases SET lock_token = NULL, locked_until = 0, delivery_count = delivery_count - 1 WHERE sequence = $0");
    private readonly Statement _defer = new(connection, "UPDATE dead_letter_leases SET lock_token = NULL, locked_until = 0, delivery_count = delivery_count - 1, is_deferred = 1 WHERE sequence = $0");
    private readonly Statement _renew = new(connection, "UPDATE dead_letter_leases SET locked_until = $3 WHERE sequence = $0 AND lock_token = $1 AND locked_until > $2");
    private readonly Statement _content = new(connection, "SELECT content_id FROM dead_letters WHERE sequence = $0");

    /// <summary>Leases the next letters, in the order of death.</summary>
    /// <returns>Their numbers.</returns>
    public List<long> Lease(long key, long until, long now, int max) => [.. _lease.Query(row => row.GetInt64(0), now, key, until, max).Order()];

    /// <summary>Whether the letter is deferred, and not locked.</summary>
    public bool IsWaiting(long sequence, long now) => _deferred.Scalar(sequence, now) is not null;

    public void LeaseDeferred(long sequence, long key, long until) => _leaseDeferred.Execute(sequence, key, until);

    /// <summary>Whether the lock is held.</summary>
    public bool IsHeld(LockToken held, long now) => _held.Scalar(held.SequenceNumber, held.Key, now) is not null;

    public bool Renew(LockToken held, long now, long until) => _renew.Execute(held.SequenceNumber, held.Key, now, until) == 1;

    /// <summary>Settles; false when the lock is not held.</summary>
    public bool Settle(QueueStatements file, LockToken held, Settlement how, long now)
    {
        if (!IsHeld(held, now)) return false;
        if (how.Properties is { } properties && _content.Scalar(held.SequenceNumber) is long content) file.Broker.ChangeContent(content, properties);
        return how switch
        {
            Settlement.Complete => file.DeadLetters.Purge(held.SequenceNumber),
            Settlement.Abandon => _abandon.Execute(held.SequenceNumber) == 1,
            Settlement.Release => _release.Execute(held.SequenceNumber) == 1,
            Settlement.Defer => _defer.Execute(held.SequenceNumber) == 1,
            _ => throw new InvalidOperationException("A dead letter cannot be dead-lettered again."),
        };
    }

    public void Dispose()
    {
        foreach (var statement in new[] { _lease, _deferred, _leaseDeferred, _held, _abandon, _release, _defer, _renew, _content }) statement.Dispose();
    }
}
