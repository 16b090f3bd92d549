using Posthorn.ServiceBusDouble;

namespace Azure.Messaging.ServiceBus;

/// <summary>Receives from one queue, or from its dead letters. What it received can be settled by it alone, over the link by which it came.</summary>
public partial class ServiceBusReceiver : IAsyncDisposable
{
    private long _lastPeeked;
    private volatile bool _isClosed;

    internal ServiceBusReceiver(BrokerConnection connection, string queueName, ServiceBusReceiverOptions? options)
    {
        Connection = connection;
        EntityPath = EntityPaths.Of(queueName, options?.SubQueue ?? SubQueue.None);
        ReceiveMode = options?.ReceiveMode ?? ServiceBusReceiveMode.PeekLock;
        PrefetchCount = options?.PrefetchCount ?? 0;
        Identifier = string.IsNullOrEmpty(options?.Identifier) ? $"{queueName}-{Guid.NewGuid()}" : options.Identifier;
    }

    public virtual string FullyQualifiedNamespace => Connection.Host;

    public virtual string EntityPath { get; }

    public virtual ServiceBusReceiveMode ReceiveMode { get; }

    public virtual int PrefetchCount { get; }

    public virtual string Identifier { get; }

    public virtual bool IsClosed => _isClosed;

    internal BrokerConnection Connection { get; }

    internal ReceiverLink? Link { get; set; }

    private bool Deletes => ReceiveMode == ServiceBusReceiveMode.ReceiveAndDelete;

    /// <summary>Receives one message; null when none came in time.</summary>
    public virtual async Task<ServiceBusReceivedMessage?> ReceiveMessageAsync(TimeSpan? maxWaitTime = null, CancellationToken cancellationToken = default) =>
        await ReceiveMessagesAsync(1, maxWaitTime, cancellationToken) is [var message, ..] ? message : null;

    /// <summary>Receives what there is, up to a number, as soon as there is any; empty when none came in time.</summary>
    /// <param name="maxMessages">At least 1.</param>
    /// <param name="maxWaitTime">Positive; the client's <see cref="ServiceBusRetryOptions.TryTimeout"/> when null.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public virtual async Task<IReadOnlyList<ServiceBusReceivedMessage>> ReceiveMessagesAsync(
        int maxMessages, TimeSpan? maxWaitTime = null, CancellationToken cancellationToken = default)
    {
        Require.AtLeast(maxMessages, 1, nameof(maxMessages));
        CheckOpen();
        if (maxWaitTime is { } asked) _ = PrefetchCount > 0 ? Require.NotNegative(asked, nameof(maxWaitTime)) : Require.Positive(asked, nameof(maxWaitTime));
        var wait = maxWaitTime ?? Connection.Options.RetryOptions.TryTimeout;
        return await Connection.CallWaitingAsync(
            BrokerOperation.Receive, EntityPath, [], space => ReceiveAsync(space, maxMessages, wait, cancellationToken), cancellationToken);
    }

    /// <summary>Receives one deferred message by its number.</summary>
    public virtual async Task<ServiceBusReceivedMessage> ReceiveDeferredMessageAsync(long sequenceNumber, CancellationToken cancellationToken = default) =>
        (await ReceiveDeferredMessagesAsync([sequenceNumber], cancellationToken))[0];

    /// <summary>Receives deferred messages by their numbers, all of them or none.</summary>
    public virtual async Task<IReadOnlyList<ServiceBusReceivedMessage>> ReceiveDeferredMessagesAsync(
        IEnumerable<long> sequenceNumbers, CancellationToken cancellationToken = default)
    {
        var numbers = Require.NotNull(sequenceNumbers, nameof(sequenceNumbers)).ToList();
        CheckOpen();
        if (numbers.Count == 0) return [];
        return await Connection.CallAsync(
            BrokerOperation.ReceiveDeferred,
            EntityPath,
            [],
            space => Attached(space.Entity(EntityPath)) is var link ? link.Entity.ReceiveDeferred(link, numbers, Deletes, space.Now) : [],
            cancellationToken);
    }

    /// <summary>Looks at the next message from a number on; null when there is none.</summary>
    public virtual async Task<ServiceBusReceivedMessage?> PeekMessageAsync(long? fromSequenceNumber = null, CancellationToken cancellationToken = default) =>
        await PeekMessagesAsync(1, fromSequenceNumber, cancellationToken) is [var message, ..] ? message : null;

    /// <summary>Looks at messages in the order of their numbers, without locking them; at most 250 a call.</summary>
    /// <param name="maxMessages">At least 1.</param>
    /// <param name="fromSequenceNumber">The least number; one after the last that this receiver peeked when null.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public virtual async Task<IReadOnlyList<ServiceBusReceivedMessage>> PeekMessagesAsync(
        int maxMessages, long? fromSequenceNumber = null, CancellationToken cancellationToken = default)
    {
        Require.AtLeast(maxMessages, 1, nameof(maxMessages));
        CheckOpen();
        var from = fromSequenceNumber ?? Interlocked.Read(ref _lastPeeked) + 1;
        var peeked = await Connection.CallAsync(
            BrokerOperation.Peek, EntityPath, [], space => space.Entity(EntityPath).Peek(from, maxMessages, Link?.Session), cancellationToken);
        if (peeked.Count > 0) Interlocked.Exchange(ref _lastPeeked, peeked[^1].SequenceNumber);
        return peeked;
    }

    /// <summary>Closes the link: a receive that waits ends empty; what was received and not settled stays locked until its lock ends.</summary>
    public virtual Task CloseAsync(CancellationToken cancellationToken = default)
    {
        _isClosed = true;
        Connection.Detach(Link);
        return Task.CompletedTask;
    }

    public virtual async ValueTask DisposeAsync()
    {
        await CloseAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>The link over which to receive now.</summary>
    internal virtual ReceiverLink Attached(BrokerEntity entity)
    {
        if (entity.HasSessions) throw Refusal.NeedsSessionReceiver(entity.Path);
        return Link = Connection.Attach(Link, entity);
    }

    private protected void CheckOpen()
    {
        Require.Open(_isClosed, GetType().Name);
        Connection.ThrowIfClosed();
    }

    private async Task<IReadOnlyList<ServiceBusReceivedMessage>> ReceiveAsync(
        InMemoryNamespace space, int max, TimeSpan wait, CancellationToken cancellationToken)
    {
        var most = Math.Min(max, space.MostPerReceive ?? max);
        return await Waiting.ForAsync(space, EntityPath, Attempt, wait, cancellationToken) ?? [];

        IReadOnlyList<ServiceBusReceivedMessage>? Attempt(BrokerEntity entity) =>
            _isClosed || Connection.IsClosed ? []
            : entity.Receive(Attached(entity), most, Deletes, space.Now) is { Count: > 0 } received ? received
            : null;
    }
}
