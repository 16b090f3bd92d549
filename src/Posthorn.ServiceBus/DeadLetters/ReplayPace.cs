namespace Posthorn.ServiceBus.DeadLetters;

/// <summary>
/// When replayed messages are due: a burst at once, and beyond it so many a second. The broker gives out what is due in its order, so a
/// storm that were due at once would stand before all fresh mail.
/// </summary>
internal sealed class ReplayPace(TimeProvider clock)
{
    private const int Burst = 500;
    private static readonly TimeSpan Each = TimeSpan.FromSeconds(1) / 250;
    private readonly Lock _gate = new();
    private readonly long _begun = clock.GetTimestamp();
    private TimeSpan _next = -Burst * Each;

    /// <summary>When the next one is due; null is now.</summary>
    public DateTimeOffset? Next()
    {
        lock (_gate)
        {
            var now = clock.GetElapsedTime(_begun); // The clock itself may be set meanwhile.
            if (_next < now - (Burst * Each)) _next = now - (Burst * Each);
            _next += Each;
            return _next > now ? clock.GetUtcNow() + (_next - now) : null;
        }
    }
}
