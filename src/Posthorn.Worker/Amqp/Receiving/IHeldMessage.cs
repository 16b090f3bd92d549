using Posthorn.Queues;
using Posthorn.Worker.Amqp.Messages;

namespace Posthorn.Worker.Amqp.Receiving;

/// <summary>A message that is locked for a receiver. It is settled once; when the lock is gone that throws <see cref="LockLostException"/>.</summary>
internal interface IHeldMessage
{
    /// <summary>The message.</summary>
    QueueMessage Message { get; }

    /// <summary>What the broker says of it.</summary>
    MessageFacts Facts { get; }

    /// <summary>Until when it is locked.</summary>
    DateTimeOffset LockedUntil { get; }

    /// <summary>Removes it.</summary>
    Task CompleteAsync();

    /// <summary>Gives it back.</summary>
    Task AbandonAsync();

    /// <summary>Moves it to the dead letters.</summary>
    Task DeadLetterAsync(string reason, string description);

    /// <summary>Extends the lock.</summary>
    Task RenewAsync();
}
