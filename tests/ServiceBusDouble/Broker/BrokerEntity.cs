using Azure.Messaging.ServiceBus;

namespace Posthorn.ServiceBusDouble;

/// <summary>
/// What can be received from: a queue, or its dead letters. Every call comes under the namespace's gate and begins with <see cref="Catch"/>,
/// which lets happen what time has brought about since the last.
/// </summary>
/// <param name="queue">The queue it is, or belongs to.</param>
/// <param name="path">Its path, as receivers name it.</param>
/// <param name="isDead">Whether it holds dead letters: no sessions, no end of life, deliveries without limit that are not counted.</param>
internal sealed class BrokerEntity(BrokerQueue queue, string path, bool isDead)
{
    /// <summary>The most messages that one peek gives.</summary>
    private const int MostPeeked = 250;

    public string Path => path;

    public BrokerQueue Queue => queue;

    public bool HasSessions { get; } = queue.Rules.RequiresSession && !isDead;

    public MessageStore Messages { get; } = new(queue.Rules.RequiresSession && !isDead);

    public SessionBook Sessions { get; } = new();

    public Bell Bell { get; } = new();

    /// <summary>When the clock will bring news by itself; null when it will not.</summary>
    public DateTimeOffset? NextNews =>
        new[] { Messages.Scheduled.Next, Messages.Locked.Next, Sessions.NextEnd }.Where(time => time is not null).Min();

    /// <summary>Lets happen what is due: scheduled messages become active; locks of messages and sessions end.</summary>
    public void Catch(DateTimeOffset now)
    {
        foreach (var due in Messages.Scheduled.TakeUntil(now)) Activate(due);
        foreach (var lapsed in Messages.Locked.TakeUntil(now)) Fail(lapsed);
        foreach (var session in Sessions.TakeEnded(now)) Return(session, Fail);
    }

    /// <summary>Takes in a message that has its number.</summary>
    public void Take(StoredMessage message)
    {
        Messages.Add(message);
        Bell.Ring();
    }

    /// <summary>Locks the next messages for a link, fewer than asked for if there are no more.</summary>
    public IReadOnlyList<ServiceBusReceivedMessage> Receive(ReceiverLink link, int max, bool delete, DateTimeOffset now)
    {
        Expire(now);
        var received = new List<ServiceBusReceivedMessage>();
        while (received.Count < max && Messages.Available.First(link.Session?.Id ?? "") is { } next)
            received.Add(delete ? Delete(next) : Hold(next, link, now));
        return received;
    }

    /// <summary>Locks deferred messages by their numbers: all of them or none.</summary>
    /// <exception cref="ServiceBusException">One of them is not there, not deferred, of another session or held already.</exception>
    public IReadOnlyList<ServiceBusReceivedMessage> ReceiveDeferred(ReceiverLink link, IReadOnlyList<long> sequences, bool delete, DateTimeOffset now)
    {
        Expire(now);
        var found = sequences.Select(sequence => Messages.Find(sequence) is { IsDeferred: true, Lock: null } message && IsOf(message, link.Session)
            ? message
            : throw Refusal.NotFound(path)).ToList();
        return [.. found.Select(message => delete ? Delete(message) : Hold(message, link, now))];
    }

    /// <summary>Looks at messages in the order of their numbers, whatever their state; expired ones too, until a receiver has come by.</summary>
    public IReadOnlyList<ServiceBusReceivedMessage> Peek(long from, int max, SessionLock? session) =>
        [.. Messages.From(from).Where(message => IsOf(message, session)).Take(Math.Min(max, MostPeeked)).Select(message => message.Peeked())];

    /// <summary>The message that a link holds by a token.</summary>
    /// <exception cref="ServiceBusException">The lock ended, or was not this link's, or the link is gone.</exception>
    public StoredMessage Held(Guid token, ReceiverLink? link, bool anyLink)
    {
        if (HasSessions && link?.Session is not { IsHeld: true }) throw Refusal.SessionLockLost();
        if (Messages.Find(token) is not { Lock: { } held, Claim: null or { IsOver: true } } message)
            throw HasSessions ? Refusal.SessionLockLost() : Refusal.LockLost();
        return anyLink || (held.Link == link && link.IsAttached) ? message : throw Refusal.LockLost();
    }

    /// <summary>Renews by the token alone: that goes past the link, so it succeeds even where settling no longer does.</summary>
    public DateTimeOffset Renew(Guid token, DateTimeOffset now)
    {
        if (Messages.Find(token) is not { Lock: { } held } message) throw Refusal.LockLost();
        var until = now + queue.Rules.LockDuration;
        Messages.Change(message, changed => changed.Lock = held with { Until = until });
        return until;
    }

    /// <summary>Settles a message that is held.</summary>
    public void Settle(StoredMessage message, Settlement settlement)
    {
        Unhold(message);
        switch (settlement)
        {
            case Settlement.Complete:
                Messages.Remove(message);
                break;
            case Settlement.Abandon abandon:
                message.Claim = null;
                Messages.Change(message, changed => changed.Modify(abandon.Properties));
                Fail(message);
                break;
            case Settlement.Defer defer:
                Messages.Change(message, changed => Free(changed, defer.Properties, isDeferred: true));
                break;
            case Settlement.DeadLetter dead:
                message.Failures++; // The delivery that dead-letters is spent, too.
                queue.Bury(message, dead.Properties, dead.Reason, dead.Description);
                break;
        }
    }

    /// <summary>Refuses what cannot be done here, before it is done.</summary>
    public void Check(Settlement settlement)
    {
        if (isDead && settlement is Settlement.DeadLetter) throw Refusal.AlreadyDead(path);
    }

    /// <summary>Locks a session: the named one, or the one whose first message came first; null when none has a message to receive.</summary>
    /// <exception cref="ServiceBusException">The named session is held.</exception>
    public SessionLock? Accept(string? id, Func<ReceiverLink> attach, DateTimeOffset now)
    {
        if (!HasSessions) throw Refusal.HasNoSessions(path);
        Expire(now);
        if (id is not null && Sessions.IsHeld(id)) throw Refusal.SessionTaken(id, path);
        id ??= Messages.Available.Heads.Select(head => head.Content.SessionId).FirstOrDefault(session => session is not null && !Sessions.IsHeld(session));
        if (id is null) return null;
        var link = attach();
        return link.Session = Sessions.Hold(id, link, now + queue.Rules.LockDuration);
    }

    /// <summary>Lets go of a link. A session is free at once and its deliveries do not count; a message stays locked until its lock ends.</summary>
    public void Detach(ReceiverLink link)
    {
        link.Detach();
        Bell.Ring();
        if (link.Session is not { IsHeld: true } session) return;
        Sessions.Release(session);
        Return(session, message => Messages.Change(message, changed => Free(changed, null, changed.IsDeferred)));
    }

    private static bool IsOf(StoredMessage message, SessionLock? session) => session is null || message.Content.SessionId == session.Id;

    private static void Return(SessionLock session, Action<StoredMessage> how)
    {
        foreach (var message in session.Messages.ToList()) how(message);
        session.Messages.Clear();
    }

    private static void Unhold(StoredMessage message) => message.Lock?.Link.Session?.Messages.Remove(message);

    private static void Free(StoredMessage message, IReadOnlyDictionary<string, object>? changes, bool isDeferred)
    {
        message.Lock = null;
        message.Claim = null;
        message.IsDeferred = isDeferred;
        if (changes is not null) message.Modify(changes);
    }

    private void Activate(StoredMessage message)
    {
        Messages.Remove(message);
        message.IsScheduled = false;
        message.EnqueuedAt = message.Content.ScheduledEnqueueTime;
        message.Sequence = queue.NextSequence();
        Take(message);
    }

    /// <summary>A delivery came to nothing: the message is there again, or has been delivered often enough.</summary>
    private void Fail(StoredMessage message)
    {
        if (!isDead) message.Failures++;
        if (!isDead && message.Failures >= queue.Rules.MaxDeliveryCount) queue.BuryExhausted(message);
        else Messages.Change(message, changed => Free(changed, null, changed.IsDeferred));
        Bell.Ring();
    }

    private void Expire(DateTimeOffset now)
    {
        if (isDead) return;
        foreach (var message in Messages.Expiring.TakeUntil(now).ToList()) queue.Expire(message);
    }

    private ServiceBusReceivedMessage Hold(StoredMessage message, ReceiverLink link, DateTimeOffset now)
    {
        var session = link.Session;
        var held = new MessageLock(Guid.NewGuid(), session is null ? now + queue.Rules.LockDuration : DateTimeOffset.MaxValue, link);
        session?.Messages.Add(message);
        Messages.Change(message, changed => changed.Lock = held);
        return message.Delivered(held.Token, session?.Until ?? held.Until);
    }

    private ServiceBusReceivedMessage Delete(StoredMessage message)
    {
        Messages.Remove(message);
        return message.Delivered(Guid.Empty, default);
    }
}
