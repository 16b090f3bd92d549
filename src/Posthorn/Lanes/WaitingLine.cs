namespace Posthorn.Lanes;

/// <summary>
/// Ends waits that take too long. All have the same patience, so they end in the order in which they began, and one watch serves however
/// many there are. Guarded by the <see cref="LaneSet"/>'s lock.
/// </summary>
internal sealed class WaitingLine(Lock gate, TimeProvider clock)
{
    private readonly Queue<LaneWaiter> _line = new();
    private bool _isWatched;

    /// <summary>Sees to it that a wait ends.</summary>
    public void Add(LaneWaiter waiter)
    {
        _line.Enqueue(waiter);
        if (_isWatched) return;
        _isWatched = true;
        _ = WatchAsync();
    }

    private async Task WatchAsync()
    {
        for (TimeSpan? left = Lane.Patience; left is { } time; left = EndOverdue()) await Task.Delay(time, clock);
    }

    /// <returns>How long until the next one is overdue; null when nobody waits.</returns>
    private TimeSpan? EndOverdue()
    {
        lock (gate)
        {
            while (_line.TryPeek(out var oldest))
            {
                var left = oldest.IsOver ? TimeSpan.Zero : Lane.Patience - clock.GetElapsedTime(oldest.Since);
                if (left > TimeSpan.Zero) return left;
                _line.Dequeue();
                if (!oldest.IsOver) oldest.Lane.GiveUp(oldest);
            }

            _isWatched = false;
            return null;
        }
    }
}
