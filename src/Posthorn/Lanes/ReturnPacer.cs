namespace Posthorn.Lanes;

/// <summary>
/// A leaky bucket of what a lane sends back to the queue: each message gets the next place of the pace, so that it comes back about
/// once, and they never come all together. Retries come after fresh mail. Places are rounded up to a common beat, as the queue takes and
/// gives a hundred messages at about the price of one. Guarded by the <see cref="LaneSet"/>'s lock.
/// </summary>
internal sealed class ReturnPacer(Random chance)
{
    // The lane may recover long before so many places have passed.
    private static readonly TimeSpan Horizon = TimeSpan.FromMinutes(15);
    // A lane with little mail need not wait for those with much.
    private static readonly TimeSpan FewTime = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FewPace = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan SlowBeat = TimeSpan.FromMilliseconds(500);
    private DateTimeOffset _next;
    private DateTimeOffset _nextRetry;

    /// <summary>Whether something that was sent back is still to come.</summary>
    public bool IsPacing(DateTimeOffset now) => _next > now || _nextRetry > now;

    /// <summary>The time to come back at.</summary>
    /// <param name="earliest">Not before.</param>
    /// <param name="pace">The time between two.</param>
    /// <param name="isRetry">Whether it was tried before.</param>
    /// <param name="isBlocked">Whether the lane does not move, and nobody is in a hurry.</param>
    public DateTimeOffset Next(DateTimeOffset earliest, TimeSpan pace, bool isRetry, bool isBlocked)
    {
        var beat = isBlocked ? SlowBeat : Beat;
        var last = Later(isRetry ? Later(_next, _nextRetry) : _next, earliest);
        var place = last + (isBlocked && last - earliest < FewTime && FewPace < pace ? FewPace : pace);
        if (place > earliest + Horizon) return OnBeat(earliest + (Horizon * chance.NextDouble()), beat);
        if (isRetry) _nextRetry = place;
        else _next = place;
        return OnBeat(place, beat);
    }

    /// <summary>The lane moves again: what is sent back from now on comes back in half the time, if need be before what was sent further away.</summary>
    public void Hasten(DateTimeOffset now) => (_next, _nextRetry) = (Halfway(now, _next), Halfway(now, _nextRetry));

    private static DateTimeOffset Halfway(DateTimeOffset now, DateTimeOffset place) => place > now ? now + ((place - now) / 2) : place;

    private static DateTimeOffset OnBeat(DateTimeOffset time, TimeSpan beat) => new(((time.UtcTicks + beat.Ticks - 1) / beat.Ticks) * beat.Ticks, TimeSpan.Zero);

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;
}
