using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.Client;

/// <summary>A clock on which every wait is over at once, and noted. Deadlines, which are all of one length, pass only when told to.</summary>
internal sealed class ImpatientClock(TimeSpan deadline) : FakeTimeProvider(Given.Now)
{
    private readonly ConcurrentQueue<TimeSpan> _waits = new();

    public IReadOnlyList<TimeSpan> Waits => [.. _waits];

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        if (dueTime == deadline || dueTime == Timeout.InfiniteTimeSpan) return timer;
        _waits.Enqueue(dueTime);
        Advance(dueTime);
        return timer;
    }
}
