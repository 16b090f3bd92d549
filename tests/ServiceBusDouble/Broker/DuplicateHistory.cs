namespace Posthorn.ServiceBusDouble;

/// <summary>The message ids of the last while, from the time each was sent.</summary>
internal sealed class DuplicateHistory(TimeSpan window)
{
    private readonly HashSet<string> _ids = [];
    private readonly Queue<(DateTimeOffset SentAt, string Id)> _order = new();

    /// <summary>Whether it is the first of its id within the window; if it is, it is remembered.</summary>
    public bool Admits(string id, DateTimeOffset now)
    {
        while (_order.TryPeek(out var oldest) && oldest.SentAt + window <= now)
        {
            _order.Dequeue();
            _ids.Remove(oldest.Id);
        }

        if (!_ids.Add(id)) return false;
        _order.Enqueue((now, id));
        return true;
    }
}
