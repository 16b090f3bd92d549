namespace Posthorn.Lanes;

/// <summary>
/// Spaces a lane's requests evenly, so many a second. Who can go within a moment gets the next place; who cannot is told when to come
/// back, each one place after the other.
/// </summary>
internal sealed class RatePacer(TimeProvider clock, Random chance)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Horizon = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan LongestSpacing = TimeSpan.FromSeconds(1);
    private readonly Lock _gate = new();
    private DateTimeOffset _nextPlace;
    private DateTimeOffset _nextReturn;

    /// <summary>Whether a place after now is taken.</summary>
    public bool IsPacing
    {
        get
        {
            lock (_gate) return Later(_nextPlace, _nextReturn) > clock.GetUtcNow();
        }
    }

    /// <summary>The time to wait before going; or the time to come back at.</summary>
    /// <param name="perSecond">The rate.</param>
    /// <param name="mayWait">Whether a place within a moment will do; else only one that is free now.</param>
    public (TimeSpan Wait, DateTimeOffset? Return) Take(int perSecond, bool mayWait = true)
    {
        var spacing = TimeSpan.FromTicks((TimeSpan.TicksPerSecond + perSecond - 1) / perSecond); // Rounded up: three thirds are a second, not less.
        lock (_gate)
        {
            var now = clock.GetUtcNow();
            if (_nextPlace > now + Patience + LongestSpacing || _nextReturn > now + Horizon + Patience + LongestSpacing) (_nextPlace, _nextReturn) = (now, now); // The clock was set back.
            var place = Later(_nextPlace, now);
            if (place - now <= (mayWait ? Patience : TimeSpan.Zero))
            {
                _nextPlace = place + spacing;
                return (place - now, null);
            }

            var next = Later(_nextReturn, now + Patience) + spacing;
            if (next > now + Horizon) return (default, now + Patience + (Horizon * chance.NextDouble()));
            _nextReturn = next;
            return (default, next);
        }
    }

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;
}
