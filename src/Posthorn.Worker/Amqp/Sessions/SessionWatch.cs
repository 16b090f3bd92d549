using Posthorn.Amqp.Links;
using Posthorn.Sqlite.Broker;

namespace Posthorn.Worker.Amqp.Sessions;

/// <summary>Ends a link when the lock on its session does.</summary>
internal sealed class SessionWatch : IDisposable
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);
    private readonly BrokerSession _session;
    private readonly TimeProvider _clock;
    private readonly Link _link;
    private readonly ITimer _timer;

    /// <summary>Begins to watch.</summary>
    /// <param name="session">The session.</param>
    /// <param name="link">The link.</param>
    /// <param name="clock">The queue's: its locks end by that.</param>
    public SessionWatch(BrokerSession session, Link link, TimeProvider clock)
    {
        (_session, _clock, _link) = (session, clock, link);
        _timer = clock.CreateTimer(_ => Look(), state: null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Look();
    }

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        var left = _session.LockedUntil - _clock.GetUtcNow();
        if (left <= TimeSpan.Zero) _link.Detach(BrokerError.SessionLost());
        else _timer.Change(left < Shortest ? Shortest : left, Timeout.InfiniteTimeSpan);
    }
}
