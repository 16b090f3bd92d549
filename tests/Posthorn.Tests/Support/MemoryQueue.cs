using Posthorn.Queues;

namespace Posthorn.Tests.Support;

/// <summary>A queue that keeps what is put on it, each message id once.</summary>
internal sealed class MemoryQueue : IDeliveryQueue
{
    private readonly Lock _gate = new();
    private readonly List<QueueMessage> _messages = [];

    public bool IsAway { get; set; }

    /// <summary>Happens once the messages are on the queue; what it throws is a crash at that moment.</summary>
    public Action? AfterEnqueue { get; set; }

    public IReadOnlyList<QueueMessage> Messages
    {
        get
        {
            lock (_gate) return [.. _messages];
        }
    }

    public Task<IReadOnlyList<EnqueueOutcome>> EnqueueAsync(IReadOnlyList<QueueMessage> messages, CancellationToken cancellationToken)
    {
        if (IsAway) throw new QueueUnavailableException("the queue is away");
        var outcomes = messages.Select(Add).ToList();
        AfterEnqueue?.Invoke();
        return Task.FromResult<IReadOnlyList<EnqueueOutcome>>(outcomes);
    }

    public Task<IReadOnlyList<ILease>> ReceiveAsync(int max, int maxReplayed, TimeSpan maxWait, CancellationToken cancellationToken) => throw new NotSupportedException("A test makes its leases itself.");

    public Task PingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<QueueCounts> CountAsync(CancellationToken cancellationToken) => Task.FromResult(new QueueCounts(Messages.Count, 0, 0, 0, null));

    private EnqueueOutcome Add(QueueMessage message)
    {
        lock (_gate)
        {
            if (_messages.Exists(each => each.MessageId == message.MessageId)) return EnqueueOutcome.Duplicate;
            _messages.Add(message);
            return EnqueueOutcome.Accepted;
        }
    }
}
