namespace Posthorn.ServiceBusDouble;

/// <summary>An entity's sessions: who holds which, and the state that each keeps, with or without messages.</summary>
internal sealed class SessionBook
{
    private readonly Dictionary<string, SessionLock> _locks = [];

    public Dictionary<string, BinaryData> States { get; } = [];

    /// <summary>When the next lock ends; null when none is held.</summary>
    public DateTimeOffset? NextEnd => _locks.Count == 0 ? null : _locks.Values.Min(held => held.Until);

    public bool IsHeld(string id) => _locks.ContainsKey(id);

    public SessionLock Hold(string id, ReceiverLink link, DateTimeOffset until)
    {
        var session = new SessionLock(id, link) { Until = until };
        _locks.Add(id, session);
        return session;
    }

    public void Release(SessionLock session)
    {
        session.IsHeld = false;
        _locks.Remove(session.Id);
    }

    /// <summary>Releases the locks that ended by now.</summary>
    public IReadOnlyList<SessionLock> TakeEnded(DateTimeOffset now)
    {
        if (_locks.Count == 0) return [];
        var ended = _locks.Values.Where(held => held.Until <= now).ToList();
        ended.ForEach(Release);
        return ended;
    }
}
