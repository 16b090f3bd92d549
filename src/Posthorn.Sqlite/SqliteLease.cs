using Posthorn.DeadLetters;
using Posthorn.Diagnostics;
using Posthorn.Queues;

namespace Posthorn.Sqlite;

/// <summary>A lease on one row; every settlement is one change in the writer's next commit.</summary>
internal sealed class SqliteLease(SqliteQueue queue, LeasedRow row, QueueMessage message, long token, DateTimeOffset lockedUntil) : ILease
{
    private long _lockedUntilTicks = lockedUntil.UtcTicks; // Read by the renewal's timer while another thread settles.

    /// <summary>What it is locked by.</summary>
    public long Token => token;

    public QueueMessage Message => message;

    public long SequenceNumber => row.Sequence;

    public int DeliveryCount => row.DeliveryCount;

    public DateTimeOffset EnqueuedAt => row.EnqueuedAt;

    public DateTimeOffset LockedUntil => new(Volatile.Read(ref _lockedUntilTicks), TimeSpan.Zero);

    public DeliveryProgress Progress => row.Progress;

    public async Task CompleteAsync(CancellationToken cancellationToken)
    {
        Check(await queue.CompleteAsync(row.Sequence, token));
        RingForNext();
    }

    public async Task RetryAsync(DateTimeOffset dueAt, AttemptRecord attempt, CancellationToken cancellationToken)
    {
        var after = Progress.After(attempt);
        await SettleAsync((file, now) => file.Retry(row.Sequence, token, now, Math.Max(dueAt.ToUnixTimeMilliseconds(), now), after.AttemptsMade, after.AttemptsToJson()));
        queue.Ring();
    }

    public async Task PostponeAsync(DateTimeOffset until, CancellationToken cancellationToken)
    {
        await SettleAsync((file, now) => file.Postpone(row.Sequence, token, now, Math.Max(until.ToUnixTimeMilliseconds(), now)));
        queue.Ring();
    }

    public async Task ReplaceAsync(IReadOnlyList<QueueMessage> messages, CancellationToken cancellationToken)
    {
        var serialized = messages.Select(message => PropertiesJson.Write(message.Properties)).ToList();
        await SettleAsync((file, now) =>
        {
            if (!file.Complete(row.Sequence, token, now)) return false;
            FailPoint.Hit(QueuePoints.Replacing);
            file.Insert(messages, serialized, now);
            return true;
        });
        queue.Ring();
    }

    public async Task DeadLetterAsync(DeadLetterReason reason, string description, AttemptRecord? attempt, CancellationToken cancellationToken)
    {
        var facts = DeadLetterFacts.Of(message);
        var after = attempt is null ? Progress : Progress.After(attempt);
        await SettleAsync((file, now) => file.DeadLetters.Bury(row, token, new Death(now, reason, DeadLetterReason.Bounded(description), after), facts));
        RingForNext();
    }

    public async Task AbandonAsync(CancellationToken cancellationToken)
    {
        await SettleAsync((file, now) => file.Abandon(row.Sequence, token, now));
        queue.Ring();
    }

    public async Task RenewAsync(CancellationToken cancellationToken)
    {
        var until = DateTimeOffset.MinValue;
        await SettleAsync((file, now) =>
        {
            until = queue.LockEnd(now);
            return file.Renew(row.Sequence, token, now, until.ToUnixTimeMilliseconds());
        });
        Volatile.Write(ref _lockedUntilTicks, until.UtcTicks);
    }

    /// <summary>The next one of its key may be leased now.</summary>
    private void RingForNext()
    {
        if (message.OrderingKey is not null) queue.Ring();
    }

    private async Task SettleAsync(Func<QueueStatements, long, bool> change) => Check(await queue.WriteAsync(change));

    private void Check(bool wasHeld)
    {
        if (!wasHeld) throw new LockLostException($"the lock on message {row.Sequence} ended at {LockedUntil:O}");
    }
}
