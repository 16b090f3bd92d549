namespace Posthorn.Lanes;

/// <summary>
/// Lanes that nothing is known of, in line for their first turn. They wait only while those before them answer quickly: mail for as many
/// new destinations as one likes then goes out at once, and new ones that are silent hold nobody up. Guarded by the
/// <see cref="LaneSet"/>'s lock.
/// </summary>
internal sealed class Newcomers(TimeProvider clock)
{
    private readonly Queue<Lane> _line = new();
    private readonly TurnPace _pace = new(Lane.ShortWait, clock);

    /// <summary>Whether one more would soon have its turn.</summary>
    public bool IsShort => _pace.IsKnown && _pace.Expect(_line.Count + 1) <= Lane.ShortWait;

    /// <summary>Puts a lane in line.</summary>
    public void Add(Lane lane) => _line.Enqueue(lane);

    /// <summary>One answered to its first request.</summary>
    public void Answered() => _pace.Measure();

    /// <summary>Hands the turns over that there are for them.</summary>
    public void Welcome()
    {
        while (_line.TryPeek(out var lane) && lane.TakeFirst()) _line.Dequeue();
    }
}
