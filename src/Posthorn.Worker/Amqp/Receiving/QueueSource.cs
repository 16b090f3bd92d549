using Posthorn.Queues;
using Posthorn.Worker.Amqp.Messages;

namespace Posthorn.Worker.Amqp.Receiving;

/// <summary>The queue as a receiver's source.</summary>
internal sealed class QueueSource(IDeliveryQueue queue) : IMessageSource
{
    /// <inheritdoc/>
    public async Task<IReadOnlyList<IHeldMessage>> TakeAsync(int max, TimeSpan maxWait, CancellationToken cancellationToken) =>
        [.. (await queue.ReceiveAsync(max, maxWait, cancellationToken)).Select(lease => new HeldLease(lease))];

    private sealed class HeldLease(ILease lease) : IHeldMessage
    {
        public QueueMessage Message => lease.Message;

        public MessageFacts Facts { get; } = MessageFacts.Of(lease);

        public DateTimeOffset LockedUntil => lease.LockedUntil;

        public Task CompleteAsync() => lease.CompleteAsync(CancellationToken.None);

        public Task AbandonAsync() => lease.AbandonAsync(CancellationToken.None);

        public Task DeadLetterAsync(string reason, string description) => lease.DeadLetterAsync(new DeadLetterReason(reason), description, attempt: null, CancellationToken.None);

        public Task RenewAsync() => lease.RenewAsync(CancellationToken.None);
    }
}
