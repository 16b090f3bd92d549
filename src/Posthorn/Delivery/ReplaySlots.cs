using Posthorn.Queues;

namespace Posthorn.Delivery;

/// <summary>
/// How many replayed messages may be under way at once: half of all slots, but while fresh mail comes in, no more than half of what one
/// destination may have. So a storm of replays neither fills a lane nor keeps the processor from fresh mail.
/// </summary>
public sealed class ReplaySlots(DeliveryOptions options, TimeProvider clock)
{
    private static readonly TimeSpan FreshFor = TimeSpan.FromSeconds(2);
    private readonly Lock _gate = new();
    private long _lastFresh = clock.GetTimestamp() - (long)(FreshFor.TotalSeconds * clock.TimestampFrequency);
    private int _taken;
    private CancellationTokenSource? _waiting;

    /// <summary>How many may be leased now; none until it is worth a lease.</summary>
    public int Free
    {
        get
        {
            lock (_gate) return FreeNow;
        }
    }

    /// <summary>Cancels the waiting for other mail once there is room for replayed messages again.</summary>
    public void WakeWhenFree(CancellationTokenSource waiting)
    {
        lock (_gate) _waiting = waiting;
        WakeIfFree();
    }

    /// <summary>Nobody waits any more.</summary>
    public void StopWaiting()
    {
        lock (_gate) _waiting = null;
    }

    /// <summary>A message was leased.</summary>
    public void Enter(ILease lease)
    {
        ArgumentNullException.ThrowIfNull(lease);
        lock (_gate)
        {
            if (IsReplayed(lease)) _taken++;
            else if (lease.Progress is { AttemptsMade: 0, Postponements: 0 }) _lastFresh = clock.GetTimestamp();
        }
    }

    /// <summary>A message was settled, or left.</summary>
    public void Leave(ILease lease)
    {
        ArgumentNullException.ThrowIfNull(lease);
        if (!IsReplayed(lease)) return;
        lock (_gate) _taken--;
        WakeIfFree();
    }

    private int Cap
    {
        get
        {
            var half = Math.Max(1, options.MaxInFlight / 2);
            var few = Math.Max(1, options.MaxInFlightPerDestination / 2);
            return clock.GetElapsedTime(_lastFresh) < FreshFor ? Math.Min(few, half) : half;
        }
    }

    private int FreeNow => Cap - _taken is var free && free >= Math.Max(1, Cap / 2) ? free : 0;

    private static bool IsReplayed(ILease lease) => lease.Progress.Replays > 0;

    private void WakeIfFree()
    {
        lock (_gate)
        {
            if (FreeNow > 0) _ = _waiting?.CancelAsync(); // Not here: who waits would go on under this lock.
        }
    }
}
