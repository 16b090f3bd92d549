using Azure.Messaging.ServiceBus;
using Posthorn.Queues;
using Posthorn.ServiceBus.DeadLetters;
using Posthorn.ServiceBus.Links;
using Posthorn.ServiceBus.Receiving;
using Posthorn.ServiceBus.Receiving.Sessions;
using Posthorn.ServiceBus.Wire;

namespace Posthorn.ServiceBus;

/// <summary>
/// The queue on Azure Service Bus. It receives in batches with prefetch 0 and renews its own locks, as a lock's time begins when a
/// message is prefetched; what goes back is sent with a scheduled enqueue time in one transaction with the completion.
/// </summary>
public sealed class ServiceBusQueue : IDeliveryQueue, IAsyncDisposable
{
    private readonly BrokerClients _clients;
    private readonly TimeProvider _clock;
    private readonly MessageWriter _writer;
    private readonly BatchSender _sender;
    private readonly IMailSource _source;
    private readonly FreshFirst _mail;
    private readonly QueueCounter _counter;
    private readonly HeldLeases _held = new();
    private readonly ServiceBusDeadLetterQueue _deadLetters;

    private ServiceBusQueue(ServiceBusQueueOptions options, TimeProvider clock)
    {
        (Name, _clock, _clients) = (options.ToString(), clock, new BrokerClients(options));
        _writer = new MessageWriter(options.Sessions);
        _sender = new BatchSender(_clients.Sender);
        _source = options.Sessions ? new SessionMail(_clients, _writer, options, clock) : new PlainMail(_clients.Links, _writer, options, clock);
        _mail = new FreshFirst(_source, clock);
        _counter = new QueueCounter(_clients, clock);
        _deadLetters = new ServiceBusDeadLetterQueue(_clients, _counter, _writer, _source, options, clock);
    }

    /// <summary>The namespace and the queue, as they may be shown.</summary>
    public string Name { get; }

    /// <summary>Its dead-letter sub-queue.</summary>
    public IDeadLetterQueue DeadLetters => _deadLetters;

    /// <summary>Sets the clients up; nothing is connected before it is needed.</summary>
    public static ServiceBusQueue Open(ServiceBusQueueOptions options, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(clock);
        return new ServiceBusQueue(options, clock);
    }

    /// <inheritdoc/>
    /// <remarks>The broker drops a duplicate silently, so outside of one call nobody is told of it, nor of two bodies under one id.</remarks>
    public async Task<IReadOnlyList<EnqueueOutcome>> EnqueueAsync(IReadOnlyList<QueueMessage> messages, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(messages);
        var outcomes = BatchOutcomes.Judge(messages);
        if (outcomes.Contains(EnqueueOutcome.Conflict)) return outcomes;
        var now = _clock.GetUtcNow();
        List<ServiceBusMessage> written = [.. messages.Where((_, i) => outcomes[i] == EnqueueOutcome.Accepted).Select(message => _writer.First(message, now))];
        await ServiceBusFailures.GuardAsync(() => _sender.SendAsync(written, cancellationToken), cancellationToken);
        return outcomes;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ILease>> ReceiveAsync(int max, int maxReplayed, TimeSpan maxWait, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(max);
        cancellationToken.ThrowIfCancellationRequested();
        var leases = await _mail.ReceiveAsync(max, maxReplayed, maxWait, cancellationToken);
        _held.Add(leases);
        return leases;
    }

    /// <inheritdoc/>
    public Task PingAsync(CancellationToken cancellationToken) => ServiceBusFailures.GuardAsync(() => _clients.Looker.PeekMessageAsync(fromSequenceNumber: 0, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public Task<QueueCounts> CountAsync(CancellationToken cancellationToken) => _counter.CountAsync(_held.Count, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _mail.ReleaseAsync();
        await _deadLetters.DisposeAsync();
        await _source.DisposeAsync();
        await _clients.DisposeAsync();
    }
}
