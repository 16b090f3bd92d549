using Posthorn.Queues;

namespace Posthorn.ContractTests.Sqlite.Ordering;

/// <summary>A queue with ordering keys as plain lists, by the rules of the README; it says what may be leased next.</summary>
internal sealed class OrderingModel(bool holdsExhausted, int maxDeliveryCount)
{
    private readonly List<Mail> _queue = [];
    private readonly List<Mail> _dead = [];
    private int _numbers;

    /// <summary>What is on the queue.</summary>
    public IReadOnlyList<Mail> Queue => _queue;

    /// <summary>What is dead.</summary>
    public IReadOnlyList<Mail> Dead => _dead;

    public Mail Enqueue(string? key, DateTimeOffset now, DateTimeOffset due, DateTimeOffset? expires)
    {
        Join(now);
        var mail = new Mail { Id = $"{key}{++_numbers}", Key = key, Due = due, Expires = expires };
        if (due <= now) mail.Place = _numbers;
        _queue.Add(mail);
        return mail;
    }

    /// <summary>What is left to lease once a receive has buried what expired and what was leased too often.</summary>
    public List<Mail> Receive(DateTimeOffset now)
    {
        Join(now);
        _queue.Where(mail => !mail.IsLocked(now) && mail.Expires <= now).ToList().ForEach(Bury);
        while (true)
        {
            var free = Free(now);
            var spent = free.FindAll(IsSpent);
            spent.ForEach(Bury);
            if (spent.Count < free.Count || free.Count == 0) return [.. free.Except(spent)];
        }
    }

    /// <summary>Whether something was leased too often: which of those a receive meets first is not this model's to say.</summary>
    public bool HasSpent() => _queue.Exists(IsSpent);

    public void Complete(Mail mail) => _queue.Remove(mail);

    public void Bury(Mail mail)
    {
        _queue.Remove(mail);
        mail.Holds = holdsExhausted && mail is { Key: not null, Place: not null };
        _dead.Add(mail);
    }

    public void Replay(Mail mail, DateTimeOffset now)
    {
        Join(now);
        if (!mail.Holds) mail.Place = ++_numbers;
        (mail.Due, mail.Expires, mail.Lease, mail.Deliveries, mail.Attempts, mail.Holds) = (now, null, null, 0, 0, false);
        mail.Replays++;
        _dead.Remove(mail);
        _queue.Add(mail);
    }

    public void Purge(Mail mail) => _dead.Remove(mail);

    private bool IsSpent(Mail mail) => mail.Deliveries == maxDeliveryCount;

    /// <summary>What was scheduled takes the last place of its key when it is due, unless it expired before.</summary>
    private void Join(DateTimeOffset now)
    {
        foreach (var mail in _queue.Where(mail => mail.Place is null && mail.Due <= now && !(mail.Expires <= mail.Due)).OrderBy(mail => mail.Due).ToList())
            mail.Place = ++_numbers;
    }

    private List<Mail> Free(DateTimeOffset now) => _queue.FindAll(mail => mail.Due <= now && !mail.IsLocked(now) && (mail.Key is null || IsFirst(mail)));

    private bool IsFirst(Mail mail) => mail.Place is not null
        && !_queue.Exists(other => other.Key == mail.Key && other.Place < mail.Place)
        && !_dead.Exists(other => other.Holds && other.Key == mail.Key && other.Place < mail.Place);
}

/// <summary>One message of the model.</summary>
internal sealed class Mail
{
    public required string Id { get; init; }

    public required string? Key { get; init; }

    public required DateTimeOffset Due { get; set; }

    public required DateTimeOffset? Expires { get; set; }

    /// <summary>Its place in its key's line; null while it is scheduled.</summary>
    public int? Place { get; set; }

    /// <summary>The last lease of it.</summary>
    public ILease? Lease { get; set; }

    public DateTimeOffset LockedUntil { get; set; }

    public int Deliveries { get; set; }

    public int Attempts { get; set; }

    public int Replays { get; set; }

    /// <summary>Whether it is dead and its key waits for it.</summary>
    public bool Holds { get; set; }

    public bool IsLocked(DateTimeOffset now) => Lease is not null && LockedUntil > now;
}
