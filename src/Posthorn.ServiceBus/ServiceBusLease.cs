using Azure.Messaging.ServiceBus;
using Posthorn.Queues;
using Posthorn.ServiceBus.Links;
using Posthorn.ServiceBus.Wire;

namespace Posthorn.ServiceBus;

/// <summary>A lease on one received message. What goes back is a new message, sent in one transaction with the removal of this one.</summary>
internal sealed class ServiceBusLease : ILease
{
    private readonly BrokerLink _link;
    private readonly ServiceBusReceivedMessage _received;
    private readonly MessageWriter _writer;
    private readonly TimeProvider _clock;
    private readonly LockTerm _term;
    private readonly WireState _state;
    private int _settled;

    public ServiceBusLease(BrokerLink link, ServiceBusReceivedMessage received, MessageWriter writer, TimeSpan lockDuration, TimeProvider clock)
    {
        (_link, _received, _writer, _clock) = (link, received, writer, clock);
        _term = link.NewTerm(lockDuration, clock);
        Message = MessageReader.Message(received);
        _state = MessageReader.State(received);
    }

    public QueueMessage Message { get; }

    public long SequenceNumber => _received.SequenceNumber;

    public int DeliveryCount => _received.DeliveryCount;

    public DateTimeOffset EnqueuedAt => _state.EnqueuedAt ?? _received.EnqueuedTime;

    public DateTimeOffset LockedUntil => _term.Until;

    public DeliveryProgress Progress => _state.Progress;

    /// <summary>Whether it came back from the dead-letter queue.</summary>
    public bool IsReplayed => Progress.Replays > 0;

    /// <summary>Whether it holds a message under lock.</summary>
    public bool IsHeld => Volatile.Read(ref _settled) == 0 && _term.Left > TimeSpan.Zero;

    /// <summary>Whether whoever gets it now would have less than half of its lock for it.</summary>
    public bool IsOld => _term.IsOld;

    /// <summary>Why it is to be buried at once; null of mail.</summary>
    public WireDeath? Death => _state.Death;

    public Task CompleteAsync(CancellationToken cancellationToken) => SettleAsync(() => _link.CompleteAsync(_received));

    public Task RetryAsync(DateTimeOffset dueAt, AttemptRecord attempt, CancellationToken cancellationToken) => PutBackAsync(dueAt, Progress.After(attempt));

    public Task PostponeAsync(DateTimeOffset until, CancellationToken cancellationToken) => PutBackAsync(until, Progress with { Postponements = Progress.Postponements + 1 });

    public Task ReplaceAsync(IReadOnlyList<QueueMessage> messages, CancellationToken cancellationToken)
    {
        var now = _clock.GetUtcNow();
        List<ServiceBusMessage> written = [.. messages.Select(message => _writer.First(message, now))];
        return SettleAsync(() => _link.ReplaceAsync(_received, written));
    }

    public Task DeadLetterAsync(DeadLetterReason reason, string description, AttemptRecord? attempt, CancellationToken cancellationToken)
    {
        var after = attempt is null ? Progress : Progress.After(attempt);
        return BuryAsync(new WireDeath(new DeadLetterReason(DeadLetterReason.Bounded(reason.Name)), DeadLetterReason.Bounded(description), _clock.GetUtcNow(), DeliveryCount), after);
    }

    public Task AbandonAsync(CancellationToken cancellationToken) => SettleAsync(() => _link.AbandonAsync(_received));

    public async Task RenewAsync(CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _settled) != 0) throw new LockLostException(Gone());
        await ServiceBusFailures.GuardAsync(() => _link.RenewAsync(_received), CancellationToken.None);
        _term.Extend();
    }

    /// <summary>Buries what came here to be buried.</summary>
    public Task BuryAsync() => Death is { } death ? BuryAsync(death, Progress) : throw new InvalidOperationException("It is mail.");

    private Task BuryAsync(WireDeath death, DeliveryProgress after)
    {
        var properties = MessageWriter.Of(after, AttemptsText.RoomBeside(Message.Properties)).ToDictionary();
        properties[WireProperties.EnqueuedAt] = EnqueuedAt.ToUnixTimeMilliseconds();
        properties[WireProperties.DeadAt] = death.At.ToUnixTimeMilliseconds();
        properties[WireProperties.DeadDeliveryCount] = death.DeliveryCount;
        return SettleAsync(() => _link.BuryAsync(_received, properties, death.Reason.Name, death.Description));
    }

    /// <summary>
    /// Puts a copy back; of a message that its history makes too large, one with the newest attempt only. A message that can never go
    /// back is buried with the cause: given up, it would come at once, again and again.
    /// </summary>
    private async Task PutBackAsync(DateTimeOffset dueAt, DeliveryProgress after)
    {
        var now = _clock.GetUtcNow();
        DeliveryProgress[] everShorter = after.Attempts.Count > 0 ? [after, after.Newest()] : [after];
        List<ServiceBusMessage> copies = [.. everShorter.Select(progress => _writer.Copy(Message, new WireState { Progress = progress, EnqueuedAt = EnqueuedAt }, SequenceNumber, dueAt, now))];
        try
        {
            await SettleAsync(() => _link.PutBackAsync(_received, copies));
        }
        catch (MessageTooLargeException)
        {
            await BuryAsync(new WireDeath(DeadLetterReason.PayloadTooLarge, "it cannot be put back for another attempt: with what is noted of the last one it is larger than the queue takes", now, DeliveryCount), after);
        }
    }

    /// <summary>Settles once. After a failure the lock may still be held, so it may be settled again.</summary>
    private async Task SettleAsync(Func<Task> settle)
    {
        if (Interlocked.Exchange(ref _settled, 1) != 0) throw new LockLostException(Gone());
        try
        {
            await ServiceBusFailures.GuardAsync(settle);
        }
        catch
        {
            Volatile.Write(ref _settled, 0);
            throw;
        }
    }

    private string Gone() => $"message {SequenceNumber} was settled before";
}
