namespace Posthorn.DeadLetters;

/// <summary>How many of something fell into each of equal spans of time. It learns the range as it goes: when a time falls outside, the spans double.</summary>
public sealed class TimeHistogram
{
    private const int Spans = 240;
    private readonly long[] _counts = new long[Spans];
    private long _width = TimeSpan.TicksPerSecond;
    private long _start = -1;

    /// <summary>Counts one.</summary>
    public void Add(DateTimeOffset at)
    {
        var ticks = at.UtcTicks;
        if (_start < 0) _start = Math.Max(0, ((ticks / _width) - (Spans / 2)) * _width); // Others may come before it or after it.
        while (ticks < _start || ticks - _start >= Spans * _width) Widen(isBefore: ticks < _start);
        _counts[(ticks - _start) / _width]++;
    }

    /// <summary>The counts in at most so many columns, from the first to the last time there is, and how long a column is.</summary>
    public (IReadOnlyList<long> Columns, TimeSpan Width) Read(int most)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(most);
        var (first, last) = (Array.FindIndex(_counts, count => count > 0), Array.FindLastIndex(_counts, count => count > 0));
        if (first < 0) return ([], TimeSpan.Zero);
        var each = (last - first + most) / most;
        return ([.. _counts[first..(last + 1)].Chunk(each).Select(chunk => chunk.Sum())], TimeSpan.FromTicks(_width * each));
    }

    /// <summary>Doubles the spans, on a grid of the new width, so that what was counted falls into whole new ones. The half that is free now lies where it is needed.</summary>
    private void Widen(bool isBefore)
    {
        var width = _width * 2;
        var start = Math.Max(0, (_start / width * width) - (isBefore ? ((Spans / 2) - 1) * width : 0));
        var shifted = (_start - start) / _width;
        var counts = new long[Spans];
        for (var i = 0; i < Spans; i++) counts[(i + shifted) / 2] += _counts[i];
        counts.CopyTo(_counts, 0);
        (_width, _start) = (width, start);
    }
}
