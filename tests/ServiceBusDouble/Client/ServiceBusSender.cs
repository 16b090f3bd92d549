using Posthorn.ServiceBusDouble;

namespace Azure.Messaging.ServiceBus;

/// <summary>Sends to one queue.</summary>
public class ServiceBusSender : IAsyncDisposable
{
    private readonly BrokerConnection _connection;
    private long? _batchLimit;
    private volatile bool _isClosed;

    internal ServiceBusSender(BrokerConnection connection, string entityPath, ServiceBusSenderOptions? options)
    {
        _connection = connection;
        EntityPath = entityPath;
        Identifier = string.IsNullOrEmpty(options?.Identifier) ? $"{entityPath}-{Guid.NewGuid()}" : options.Identifier;
    }

    public virtual string FullyQualifiedNamespace => _connection.Host;

    public virtual string EntityPath { get; }

    public virtual bool IsClosed => _isClosed;

    public virtual string Identifier { get; }

    public virtual Task SendMessageAsync(ServiceBusMessage message, CancellationToken cancellationToken = default) =>
        SendMessagesAsync([Require.NotNull(message, nameof(message))], cancellationToken);

    /// <summary>Sends all of them or none; of none it does nothing.</summary>
    public virtual async Task SendMessagesAsync(IEnumerable<ServiceBusMessage> messages, CancellationToken cancellationToken = default)
    {
        CheckOpen();
        var contents = Require.NotNull(messages, nameof(messages)).Select(message => message.Content.Encoded()).ToList();
        if (contents.Count > 0) await SendAsync(contents, cancellationToken);
    }

    /// <summary>Sends what is in a batch, all of it or nothing; of an empty one it does nothing.</summary>
    public virtual async Task SendMessagesAsync(ServiceBusMessageBatch messageBatch, CancellationToken cancellationToken = default)
    {
        CheckOpen();
        if (Require.NotNull(messageBatch, nameof(messageBatch)).Count == 0) return;
        await messageBatch.SendAsync(contents => SendAsync(contents, cancellationToken));
    }

    public virtual ValueTask<ServiceBusMessageBatch> CreateMessageBatchAsync(CancellationToken cancellationToken = default) =>
        CreateMessageBatchAsync(null, cancellationToken);

    /// <summary>Makes an empty batch; the queue says how large it may grow.</summary>
    public virtual async ValueTask<ServiceBusMessageBatch> CreateMessageBatchAsync(
        CreateMessageBatchOptions? options, CancellationToken cancellationToken = default)
    {
        CheckOpen();
        var limit = _batchLimit ??= await _connection.CallAsync(
            BrokerOperation.OpenSender, EntityPath, [], space => Target(space).Rules.MaxBatchBytes, cancellationToken);
        return new ServiceBusMessageBatch(Require.InRange(
            options?.MaxSizeInBytes ?? limit, CreateMessageBatchOptions.Smallest, limit, nameof(CreateMessageBatchOptions.MaxSizeInBytes)));
    }

    /// <summary>Sends a message that may be received at a time or after it; not as a part of a transaction.</summary>
    /// <returns>Its sequence number, by which it can be cancelled until that time.</returns>
    public virtual async Task<long> ScheduleMessageAsync(
        ServiceBusMessage message, DateTimeOffset scheduledEnqueueTime, CancellationToken cancellationToken = default) =>
        (await ScheduleMessagesAsync([Require.NotNull(message, nameof(message))], scheduledEnqueueTime, cancellationToken))[0];

    /// <inheritdoc cref="ScheduleMessageAsync"/>
    public virtual async Task<IReadOnlyList<long>> ScheduleMessagesAsync(
        IEnumerable<ServiceBusMessage> messages, DateTimeOffset scheduledEnqueueTime, CancellationToken cancellationToken = default)
    {
        CheckOpen();
        CheckNoTransaction();
        var contents = Require.NotNull(messages, nameof(messages)).Select(message => Scheduled(message, scheduledEnqueueTime)).ToList();
        if (contents.Count == 0) return [];
        return await _connection.CallAsync(BrokerOperation.Schedule, EntityPath, Ids(contents), space => Put(space, contents), cancellationToken);
    }

    /// <summary>Takes back a message that is not due yet.</summary>
    /// <exception cref="ServiceBusException">There is none of that number that is still scheduled.</exception>
    public virtual Task CancelScheduledMessageAsync(long sequenceNumber, CancellationToken cancellationToken = default) =>
        CancelScheduledMessagesAsync([sequenceNumber], cancellationToken);

    /// <inheritdoc cref="CancelScheduledMessageAsync"/>
    public virtual async Task CancelScheduledMessagesAsync(IEnumerable<long> sequenceNumbers, CancellationToken cancellationToken = default)
    {
        CheckOpen();
        CheckNoTransaction();
        var numbers = Require.NotNull(sequenceNumbers, nameof(sequenceNumbers)).ToList();
        if (numbers.Count == 0) return;
        await _connection.CallAsync(BrokerOperation.CancelScheduled, EntityPath, [], space => Cancel(space, numbers), cancellationToken);
    }

    public virtual Task CloseAsync(CancellationToken cancellationToken = default)
    {
        _isClosed = true;
        return Task.CompletedTask;
    }

    public virtual async ValueTask DisposeAsync()
    {
        await CloseAsync();
        GC.SuppressFinalize(this);
    }

    private static List<string> Ids(IReadOnlyList<WireMessage> contents) => [.. contents.Select(content => content.MessageId ?? "")];

    private static WireMessage Scheduled(ServiceBusMessage message, DateTimeOffset time)
    {
        message.ScheduledEnqueueTime = time;
        return message.Content.Encoded();
    }

    private static void CheckNoTransaction()
    {
        if (System.Transactions.Transaction.Current is not null) throw Refusal.ScheduleInTransaction();
    }

    private async Task SendAsync(IReadOnlyList<WireMessage> contents, CancellationToken cancellationToken)
    {
        _connection.ThrowIfClosed();
        Require.NotCancelled(cancellationToken);
        var transaction = BrokerTransaction.Join(_connection, EntityPath);
        await _connection.CallAsync(BrokerOperation.Send, EntityPath, Ids(contents), space => Put(space, contents, transaction), cancellationToken);
    }

    private IReadOnlyList<long> Put(InMemoryNamespace space, IReadOnlyList<WireMessage> contents, BrokerTransaction? transaction = null)
    {
        var queue = Target(space);
        queue.Check(contents, isBatch: contents.Count > 1);
        if (transaction is null) return queue.Send(contents, space.Now);
        transaction.Add(new TransactionStep.Send(queue, [.. contents]));
        return [];
    }

    private bool Cancel(InMemoryNamespace space, List<long> numbers)
    {
        var queue = Target(space);
        numbers.ForEach(queue.Cancel);
        return true;
    }

    private BrokerQueue Target(InMemoryNamespace space)
    {
        var queue = space.Queue(EntityPath);
        _connection.Touch(EntityPath, receives: false);
        return queue;
    }

    private void CheckOpen()
    {
        Require.Open(_isClosed, nameof(ServiceBusSender));
        _connection.ThrowIfClosed();
    }
}
