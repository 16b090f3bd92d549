namespace Posthorn.Lanes;

/// <summary>How fast turns come free, by what was measured of late. Guarded by the <see cref="LaneSet"/>'s lock.</summary>
/// <param name="longest">A pause that was longer says nothing of what comes: it is measured anew.</param>
/// <param name="clock">The clock.</param>
internal sealed class TurnPace(TimeSpan longest, TimeProvider clock)
{
    private const int Enough = 64;
    private long _last = clock.GetTimestamp();
    private double _seconds;
    private int _measured;

    /// <summary>Whether enough were measured.</summary>
    public bool IsKnown => _measured >= Enough;

    /// <summary>The time that one takes.</summary>
    public TimeSpan OfOne => TimeSpan.FromSeconds(_seconds);

    /// <summary>How long none has come free.</summary>
    public TimeSpan SinceLast => clock.GetElapsedTime(_last);

    /// <summary>How long until so many come free: by the pace, or as long as none has, when that is longer.</summary>
    public TimeSpan Expect(int turns)
    {
        var (byPace, sinceLast) = (OfOne * turns, SinceLast);
        return IsKnown && byPace > sinceLast ? byPace : sinceLast;
    }

    /// <summary>One came free.</summary>
    /// <param name="isFirst">Whether what went before says nothing.</param>
    public void Measure(bool isFirst = false)
    {
        var pause = SinceLast;
        if (isFirst || pause > longest) (_seconds, _measured) = (0, 0);
        else if (++_measured > 1) _seconds += (pause.TotalSeconds - _seconds) / Math.Min(_measured, Enough);
        Restart();
    }

    /// <summary>The pause begins now.</summary>
    public void Restart() => _last = clock.GetTimestamp();
}
