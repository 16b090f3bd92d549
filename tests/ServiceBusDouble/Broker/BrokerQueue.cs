namespace Posthorn.ServiceBusDouble;

/// <summary>A queue and its dead letters: what is taken in, and what is moved between the two.</summary>
internal sealed class BrokerQueue
{
    private readonly DuplicateHistory? _history;
    private long _sequence;

    public BrokerQueue(string name, QueueRules rules, DateTimeOffset now)
    {
        Name = name;
        Rules = rules;
        CreatedAt = now;
        Main = new BrokerEntity(this, name, isDead: false);
        DeadLetters = new BrokerEntity(this, EntityPaths.DeadLettersOf(name), isDead: true);
        _history = rules.DuplicateWindow is { } window ? new DuplicateHistory(window) : null;
    }

    public string Name { get; }

    public QueueRules Rules { get; }

    public DateTimeOffset CreatedAt { get; }

    public BrokerEntity Main { get; }

    public BrokerEntity DeadLetters { get; }

    /// <summary>In bytes: dead letters count.</summary>
    public long Size => Main.Messages.Size + DeadLetters.Messages.Size;

    /// <summary>When the clock will bring news to either half; null when it will not.</summary>
    public DateTimeOffset? NextNews => Main.NextNews is { } main && !(DeadLetters.NextNews < main) ? main : DeadLetters.NextNews;

    /// <summary>The next number; both halves number from here, as a message keeps its number when it is dead-lettered.</summary>
    public long NextSequence() => ++_sequence;

    /// <summary>Lets happen what is due in both halves.</summary>
    public void Catch(DateTimeOffset now)
    {
        Main.Catch(now);
        DeadLetters.Catch(now);
    }

    /// <summary>Refuses messages that cannot be taken in: too large, without a session, over the quota.</summary>
    public void Check(IReadOnlyList<WireMessage> messages, bool isBatch)
    {
        var sizes = messages.Select(MessageSize.Of).ToList();
        if (sizes.Max() is var largest && largest > Rules.MaxMessageBytes) throw Refusal.TooLarge(largest, Rules.MaxMessageBytes, Name);
        if (isBatch && messages.Sum(MessageSize.InBatch) is var batch && batch > Rules.MaxBatchBytes) throw Refusal.TooLarge(batch, Rules.MaxBatchBytes, Name);
        if (Rules.RequiresSession && messages.Any(message => string.IsNullOrEmpty(message.SessionId))) throw Refusal.SessionIdMissing(Name);
        CheckQuota(sizes.Sum());
    }

    public void CheckQuota(long more)
    {
        if (Size + more > Rules.MaxSizeBytes) throw Refusal.QuotaExceeded(Name);
    }

    /// <summary>Takes messages in, without those whose id was sent within the window; the answer is the numbers, 0 for one that was dropped.</summary>
    public IReadOnlyList<long> Send(IReadOnlyList<WireMessage> messages, DateTimeOffset now) => [.. messages.Select(message => Send(message, now))];

    /// <summary>Takes back a message that is not due yet.</summary>
    public void Cancel(long sequence)
    {
        if (Main.Messages.Find(sequence) is not { IsScheduled: true } message) throw Refusal.NotFound(Name);
        Main.Messages.Remove(message);
    }

    public void BuryExhausted(StoredMessage message) =>
        Bury(message, null, DeadLetterProperties.MaxDeliveryCountExceeded, $"Message could not be consumed after {Rules.MaxDeliveryCount} delivery attempts.");

    /// <summary>Ends a message whose time is over.</summary>
    public void Expire(StoredMessage message)
    {
        if (Rules.DeadLettersExpired) Bury(message, null, DeadLetterProperties.Expired, "The message expired and was dead lettered.");
        else Main.Messages.Remove(message);
    }

    /// <summary>Moves a message to the dead letters. Its id, number, arrival, count and properties stay as they are.</summary>
    public void Bury(StoredMessage message, IReadOnlyDictionary<string, object>? changes, string? reason, string? description)
    {
        Main.Messages.Remove(message);
        message.Lock = null;
        message.Claim = null;
        message.IsDeferred = false;
        message.DeadLetterSource = Name;
        message.Modify(DeathOf(changes, reason, description));
        DeadLetters.Take(message);
    }

    private static Dictionary<string, object> DeathOf(IReadOnlyDictionary<string, object>? changes, string? reason, string? description)
    {
        var death = changes is null ? [] : new Dictionary<string, object>(changes);
        if (reason is not null) death[DeadLetterProperties.Reason] = reason;
        if (description is not null) death[DeadLetterProperties.Description] = description;
        return death;
    }

    private long Send(WireMessage sent, DateTimeOffset now)
    {
        var content = sent.Copy();
        content.MessageId ??= Guid.NewGuid().ToString("N");
        if (_history is not null && !_history.Admits(content.MessageId, now)) return 0;
        content.TimeToLive = content.TimeToLive < Rules.DefaultTimeToLive ? content.TimeToLive : Rules.DefaultTimeToLive;
        var message = new StoredMessage(content) { Sequence = NextSequence(), EnqueuedAt = now, IsScheduled = content.ScheduledEnqueueTime > now };
        Main.Take(message);
        return message.Sequence;
    }
}
