using Posthorn.Queues;

namespace Posthorn.Tests.Support;

/// <summary>A leased message that notes how it is settled. Settled twice, its lock is gone.</summary>
internal sealed class FakeLease(QueueMessage message) : ILease
{
    /// <summary>How it was settled; null while it is not.</summary>
    public Settlement? Settled { get; private set; }

    /// <summary>Happens just before it is settled; what it throws is a crash at that moment.</summary>
    public Action? BeforeSettling { get; set; }

    public QueueMessage Message => message;

    public long SequenceNumber { get; init; } = 1;

    public int DeliveryCount { get; init; } = 1;

    public DateTimeOffset EnqueuedAt { get; init; } = Given.Now;

    public DateTimeOffset LockedUntil => EnqueuedAt.AddMinutes(1);

    public DeliveryProgress Progress { get; init; } = DeliveryProgress.None;

    public Task CompleteAsync(CancellationToken cancellationToken) => Settle(new Settlement.Completed());

    public Task RetryAsync(DateTimeOffset dueAt, AttemptRecord attempt, CancellationToken cancellationToken) => Settle(new Settlement.Retried(dueAt, attempt));

    public Task PostponeAsync(DateTimeOffset until, CancellationToken cancellationToken) => Settle(new Settlement.Postponed(until));

    public Task ReplaceAsync(IReadOnlyList<QueueMessage> messages, CancellationToken cancellationToken) => Settle(new Settlement.Replaced(messages));

    public Task DeadLetterAsync(DeadLetterReason reason, string description, AttemptRecord? attempt, CancellationToken cancellationToken) =>
        Settle(new Settlement.Dead(reason, description, attempt));

    public Task AbandonAsync(CancellationToken cancellationToken) => Settle(new Settlement.Abandoned());

    public Task RenewAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private Task Settle(Settlement how)
    {
        BeforeSettling?.Invoke();
        if (Settled is not null) throw new LockLostException($"it is settled already: {Settled}");
        Settled = how;
        return Task.CompletedTask;
    }
}

/// <summary>The ways to settle a lease.</summary>
internal abstract record Settlement
{
    public sealed record Completed : Settlement;

    public sealed record Retried(DateTimeOffset DueAt, AttemptRecord Attempt) : Settlement;

    public sealed record Postponed(DateTimeOffset Until) : Settlement;

    public sealed record Replaced(IReadOnlyList<QueueMessage> Messages) : Settlement;

    public sealed record Dead(DeadLetterReason Reason, string Description, AttemptRecord? Attempt) : Settlement;

    public sealed record Abandoned : Settlement;
}
