namespace Posthorn.ServiceBus.Links;

/// <summary>
/// How long a lock is held, as it is measured here: the broker tells it by its own clock, the two may be minutes apart, and either may be
/// set. A session's is one for all of its messages.
/// </summary>
internal sealed class LockTerm(TimeSpan duration, TimeProvider clock)
{
    private long _since = clock.GetTimestamp();

    /// <summary>When it ends, as the clock stands now.</summary>
    public DateTimeOffset Until => clock.GetUtcNow() + Left;

    /// <summary>What is left of it; none or less when it has ended.</summary>
    public TimeSpan Left => duration - clock.GetElapsedTime(Volatile.Read(ref _since));

    /// <summary>Whether there is less left than half.</summary>
    public bool IsOld => Left < duration / 2;

    /// <summary>It begins anew.</summary>
    public void Extend() => Volatile.Write(ref _since, clock.GetTimestamp());
}
