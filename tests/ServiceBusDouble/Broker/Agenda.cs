namespace Posthorn.ServiceBusDouble;

/// <summary>Messages in the order of something that will happen to each: to become due, to be unlocked, to expire.</summary>
/// <param name="when">The time of it; it must not change while the message is on the agenda.</param>
internal sealed class Agenda(Func<StoredMessage, DateTimeOffset> when)
{
    private readonly SortedSet<StoredMessage> _messages = new(Comparer<StoredMessage>.Create((one, other) =>
        when(one).CompareTo(when(other)) is var byTime and not 0 ? byTime : one.Sequence.CompareTo(other.Sequence)));

    /// <summary>When the next of them happens; null when nothing will.</summary>
    public DateTimeOffset? Next => _messages.Min is { } first ? when(first) : null;

    public int Count => _messages.Count;

    public void Add(StoredMessage message)
    {
        if (when(message) < DateTimeOffset.MaxValue) _messages.Add(message);
    }

    public void Remove(StoredMessage message) => _messages.Remove(message);

    /// <summary>Takes what has come about by now, one at a time, the earliest first.</summary>
    public IEnumerable<StoredMessage> TakeUntil(DateTimeOffset now)
    {
        while (_messages.Min is { } first && when(first) <= now)
        {
            _messages.Remove(first);
            yield return first;
        }
    }
}
