using Posthorn.Envelopes;

namespace Posthorn.Lanes;

/// <summary>What keeps destinations apart: each has its own cap of requests in flight, and its overflow goes back to the queue, paced.</summary>
public sealed class LaneSet(int maxInFlightPerLane, TimeProvider clock, Random chance)
{
    private readonly Dictionary<string, Lane> _lanes = new(StringComparer.Ordinal);
    private const int SweepEvery = 1000;
    private readonly Lock _gate = new();
    private int _visitsSinceSweep;

    /// <summary>How many destinations are remembered.</summary>
    internal int Count
    {
        get
        {
            lock (_gate) return _lanes.Count;
        }
    }

    /// <summary>
    /// A turn in the destination's lane, at once or within a second; a lane that has no turn to give so soon says when to come
    /// back instead.
    /// </summary>
    public async ValueTask<LaneSlot> EnterAsync(Destination destination, CancellationToken stopping)
    {
        ArgumentNullException.ThrowIfNull(destination);
        var lane = Visit(destination.Lane);
        DateTimeOffset? nextTurn;
        try
        {
            nextTurn = await lane.EnterAsync(destination.RateLimit, stopping);
        }
        catch
        {
            EndVisit(lane);
            throw;
        }

        if (nextTurn is null) return LaneSlot.Held(this, lane);
        EndVisit(lane);
        return LaneSlot.Wait(nextTurn.Value);
    }

    internal void Leave(Lane lane)
    {
        lane.Leave();
        EndVisit(lane);
    }

    private Lane Visit(string key)
    {
        lock (_gate)
        {
            if (!_lanes.TryGetValue(key, out var lane)) _lanes[key] = lane = new Lane(key, maxInFlightPerLane, clock, chance);
            lane.Visitors++;
            return lane;
        }
    }

    /// <summary>A lane without visitors that paces nobody is forgotten, so memory does not grow with the destinations ever seen.</summary>
    private void EndVisit(Lane lane)
    {
        lock (_gate)
        {
            if (--lane.Visitors == 0 && !lane.IsPacing) _lanes.Remove(lane.Key);
            if (++_visitsSinceSweep >= Math.Max(_lanes.Count, SweepEvery)) Sweep();
        }
    }

    /// <summary>Forgets the lanes whose pacing ended without another visit.</summary>
    private void Sweep()
    {
        _visitsSinceSweep = 0;
        foreach (var lane in _lanes.Values.Where(lane => lane.Visitors == 0 && !lane.IsPacing).ToList()) _lanes.Remove(lane.Key);
    }
}

/// <summary>A turn in a lane, given back by disposing; or the time to come back at.</summary>
public sealed class LaneSlot : IDisposable
{
    private readonly LaneSet? _lanes;
    private Lane? _lane;

    private LaneSlot(LaneSet? lanes, Lane? lane, DateTimeOffset nextTurn)
    {
        _lanes = lanes;
        _lane = lane;
        NextTurn = nextTurn;
        MustWait = lane is null;
    }

    /// <summary>Whether the lane has no turn to give now.</summary>
    public bool MustWait { get; }

    /// <summary>When to come back, if <see cref="MustWait"/>.</summary>
    public DateTimeOffset NextTurn { get; }

    /// <summary>Gives the turn back; a second time does nothing.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _lane, value: null) is { } lane) _lanes?.Leave(lane);
    }

    internal static LaneSlot Held(LaneSet lanes, Lane lane) => new(lanes, lane, default);

    internal static LaneSlot Wait(DateTimeOffset nextTurn) => new(lanes: null, lane: null, nextTurn);
}
