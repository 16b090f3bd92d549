using Posthorn.Amqp.Performatives;

namespace Posthorn.Amqp.Connections;

/// <summary>
/// The clock of a connection: keeps it alive for the peer and notices when the peer is gone (AMQP 1.0 §2.4.5), and bounds how long
/// opening, closing and writing may take.
/// </summary>
internal sealed class Heartbeat : IDisposable
{
    private static readonly TimeSpan LongestTick = TimeSpan.FromSeconds(1);
    private readonly AmqpConnection _connection;
    private readonly AmqpLimits _limits;
    private readonly TimeProvider _clock;
    private readonly ITimer _timer;
    private readonly long _began;
    private TimeSpan? _remoteTimeout;
    private long _lastReceived;
    private TimeSpan _sinceClose = TimeSpan.MinValue;

    public Heartbeat(AmqpConnection connection, TimeProvider clock)
    {
        (_connection, _limits, _clock) = (connection, connection.Options.Limits, clock);
        _began = _lastReceived = clock.GetTimestamp();
        _timer = clock.CreateTimer(_ => Tick(), state: null, LongestTick, LongestTick);
    }

    /// <summary>Something came.</summary>
    public void Touch() => _lastReceived = _clock.GetTimestamp();

    /// <summary>Notes the peer's idle time-out; frames are sent twice within it.</summary>
    public void SetRemoteTimeout(TimeSpan timeout)
    {
        _remoteTimeout = timeout;
        var tick = timeout / 4 < LongestTick ? timeout / 4 : LongestTick;
        _timer.Change(tick, tick);
    }

    public void Dispose() => _timer.Dispose();

    private void Tick()
    {
        lock (_connection.Gate)
        {
            if (IsOverdue()) _connection.Abort();
            else if (_connection.State is ConnectionState.Open) KeepAlive();
        }
    }

    private bool IsOverdue()
    {
        var output = _connection.Output;
        if (output.WritingSince != 0 && _clock.GetElapsedTime(output.WritingSince) > _limits.WriteTimeout) return true;
        if (_connection.State is ConnectionState.Closing) return IsCloseOverdue();
        return _connection.State is ConnectionState.Starting && _clock.GetElapsedTime(_began) > _limits.OpenTimeout;
    }

    private bool IsCloseOverdue()
    {
        var now = _clock.GetElapsedTime(_began);
        if (_sinceClose == TimeSpan.MinValue) _sinceClose = now;
        return now - _sinceClose >= _limits.CloseTimeout;
    }

    private void KeepAlive()
    {
        if (!_connection.Intake.IsPaused && !_connection.Output.IsPaused && _clock.GetElapsedTime(_lastReceived) > _limits.IdleTimeout)
        {
            _connection.Close(new(ErrorCondition.ResourceLimitExceeded, "Nothing came within the idle time-out."));
            return;
        }

        if (_remoteTimeout is not { } timeout || _clock.GetElapsedTime(_connection.Output.LastSent) < timeout / 2) return;
        _connection.Output.Frames.Empty();
        _connection.Output.Wake();
    }
}
