namespace Posthorn.Benchmarks.Measuring;

/// <summary>The clock, so much ahead of its time; behind it when that is negative.</summary>
internal sealed class ShiftedClock(TimeSpan by) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + by;
}
