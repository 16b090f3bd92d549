namespace Posthorn.ServiceBusDouble;

/// <summary>
/// The messages of one entity and the orders they stand in: by number, available, scheduled, locked, expiring. Each message is in the orders
/// that its state asks for; a change takes it out, changes it and puts it back, so none costs more than the logarithm of what is there.
/// </summary>
internal sealed class MessageStore(bool bySession)
{
    private readonly SortedSet<long> _order = [];
    private readonly Dictionary<long, StoredMessage> _bySequence = [];
    private readonly Dictionary<Guid, StoredMessage> _byToken = [];

    public Availability Available { get; } = new(bySession);

    public Agenda Scheduled { get; } = new(message => message.Content.ScheduledEnqueueTime);

    public Agenda Locked { get; } = new(message => message.Lock?.Until ?? DateTimeOffset.MaxValue);

    /// <summary>Those that nobody holds, by when they expire.</summary>
    public Agenda Expiring { get; } = new(message => message.ExpiresAt);

    /// <summary>In bytes.</summary>
    public long Size { get; private set; }

    public int Count => _order.Count;

    public StoredMessage? Find(long sequence) => _bySequence.GetValueOrDefault(sequence);

    public StoredMessage? Find(Guid token) => _byToken.GetValueOrDefault(token);

    public IEnumerable<StoredMessage> From(long sequence) => _order.GetViewBetween(sequence, long.MaxValue).Select(number => _bySequence[number]);

    public void Add(StoredMessage message)
    {
        _order.Add(message.Sequence);
        _bySequence.Add(message.Sequence, message);
        Size += message.Size;
        Enter(message);
    }

    public void Remove(StoredMessage message)
    {
        Leave(message);
        Size -= message.Size;
        _bySequence.Remove(message.Sequence);
        _order.Remove(message.Sequence);
    }

    /// <summary>Changes a message's state, but for its number.</summary>
    public void Change(StoredMessage message, Action<StoredMessage> change)
    {
        Leave(message);
        Size -= message.Size;
        change(message);
        Size += message.Size;
        Enter(message);
    }

    private void Enter(StoredMessage message)
    {
        if (message.Lock is { } held)
        {
            _byToken[held.Token] = message;
            Locked.Add(message);
            return;
        }

        if (message.IsScheduled) Scheduled.Add(message);
        else Expiring.Add(message);
        if (!message.IsScheduled && !message.IsDeferred) Available.Add(message);
    }

    private void Leave(StoredMessage message)
    {
        if (message.Lock is { } held)
        {
            _byToken.Remove(held.Token);
            Locked.Remove(message);
            return;
        }

        if (message.IsScheduled) Scheduled.Remove(message);
        else Expiring.Remove(message);
        if (!message.IsScheduled && !message.IsDeferred) Available.Remove(message);
    }
}
