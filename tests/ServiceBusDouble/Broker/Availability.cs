namespace Posthorn.ServiceBusDouble;

/// <summary>The messages that may be received now, in order.</summary>
/// <param name="bySession">Whether each session is a line of its own; otherwise all are in one, named by the empty string.</param>
internal sealed class Availability(bool bySession)
{
    private static readonly Comparer<StoredMessage> BySequence = Comparer<StoredMessage>.Create((one, other) => one.Sequence.CompareTo(other.Sequence));
    private readonly Dictionary<string, SortedSet<StoredMessage>> _lines = [];
    private readonly SortedSet<StoredMessage> _heads = new(BySequence);

    public int Count { get; private set; }

    /// <summary>The first of each line, the earliest first.</summary>
    public IEnumerable<StoredMessage> Heads => _heads;

    public StoredMessage? First(string line) => _lines.GetValueOrDefault(line)?.Min;

    public void Add(StoredMessage message) => Change(message, line => line.Add(message), 1);

    public void Remove(StoredMessage message) => Change(message, line => line.Remove(message), -1);

    private void Change(StoredMessage message, Func<SortedSet<StoredMessage>, bool> change, int by)
    {
        var key = bySession ? message.Content.SessionId ?? "" : "";
        if (!_lines.TryGetValue(key, out var line)) _lines[key] = line = new SortedSet<StoredMessage>(BySequence);
        if (line.Min is { } before) _heads.Remove(before);
        if (change(line)) Count += by;
        if (line.Min is { } after) _heads.Add(after);
        else _lines.Remove(key);
    }
}
