namespace Posthorn.Lanes;

/// <summary>
/// What all lanes share: the requests in flight of this process, and the few that may wait for a turn. Guarded by the
/// <see cref="LaneSet"/>'s lock.
/// </summary>
internal sealed class TurnPool(int capacity, int perLane, TimeProvider clock, Random chance)
{
    // Mail that is sent back by lanes that do not move costs about this much of everybody's time, however much of it there is.
    private static readonly TimeSpan ReturnSpacing = TimeSpan.FromMilliseconds(4);
    private static readonly TimeSpan FullSpacing = TimeSpan.FromMilliseconds(1);
    private readonly ReturnPacer _overflow = new(chance);
    private readonly int _share = capacity / 2;
    private readonly int _eighth = capacity / 8;
    private readonly int _waitingRoom = Math.Max(1, capacity / 8);
    private int _inFlight;
    private int _new;
    private int _lost;
    private int _waiting;

    /// <summary>The most requests in flight to one destination.</summary>
    public int PerLane => perLane;

    /// <summary>Lanes that nothing is known of, and that wait for their first turn.</summary>
    public Newcomers Newcomers { get; } = new(clock);

    /// <summary>How many lanes do not move and have mail sent back.</summary>
    public int BlockedLanes { get; set; }

    /// <summary>The time between two messages that come back to a lane that does not move.</summary>
    public TimeSpan BlockedSpacing => ReturnSpacing * Math.Max(1, BlockedLanes);

    /// <summary>
    /// Takes one of the process's turns. Lanes that nothing is known of share one half, and each has one once they are many; those that were
    /// silent share one eighth. Of lanes that answer, what each may have shrinks as they leave less over of the other half (the dynamic
    /// threshold of Choudhury and Hahne, 1998), and the last eighth is for those that answered a moment ago.
    /// </summary>
    /// <param name="laneInFlight">How many the lane has.</param>
    /// <param name="trust">What it did of late.</param>
    /// <param name="isLively">Whether it answered a moment ago.</param>
    public bool TryTake(int laneInFlight, Trust trust, bool isLively)
    {
        var free = capacity - _inFlight;
        if (free <= 0) return false;
        var isWelcome = trust switch
        {
            Trust.New => _new < Math.Max(1, _share) && (laneInFlight == 0 || _new < _eighth),
            Trust.Lost => _lost < Math.Max(1, _eighth),
            _ => laneInFlight < Math.Max(1, 4 * perLane * (_share - (_inFlight - _new - _lost)) / capacity) && (isLively || free > _eighth),
        };
        if (isWelcome) Count(trust, 1);
        return isWelcome;
    }

    /// <summary>Gives one back.</summary>
    /// <param name="trust">What it was taken with.</param>
    public void GiveBack(Trust trust) => Count(trust, -1);

    /// <summary>When a message is to come back whose lane would take it, but for the others.</summary>
    public DateTimeOffset NextTurn(DateTimeOffset earliest, bool isRetry) => _overflow.Next(earliest, FullSpacing, isRetry, isBlocked: false);

    /// <summary>Takes a place to wait in: who waits holds a leased message that others could be in the place of.</summary>
    public bool TryWait()
    {
        if (_waiting >= _waitingRoom) return false;
        _waiting++;
        return true;
    }

    /// <summary>Ends a wait.</summary>
    public void EndWait() => _waiting--;

    private void Count(Trust trust, int change)
    {
        _inFlight += change;
        if (trust == Trust.New) _new += change;
        if (trust == Trust.Lost) _lost += change;
    }
}
