using System.Diagnostics.CodeAnalysis;

namespace Posthorn.Lanes;

/// <summary>
/// One destination. Its requests in flight never exceed the cap: a turn is a count of a semaphore. Who finds it full waits a
/// moment while it moves; what would wait longer goes back to the queue, to a time paced by the rate the lane was seen to have.
/// </summary>
[SuppressMessage("Reliability", "CA1001", Justification = "A SemaphoreSlim whose wait handle is never asked for holds nothing to dispose of.")]
internal sealed class Lane(string key, int maxInFlight, TimeProvider clock, Random chance)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private readonly SemaphoreSlim _turns = new(maxInFlight, maxInFlight);
    private readonly Lock _gate = new();
    private DateTimeOffset _nextTurn;
    private long _lastProgress = clock.GetTimestamp();
    private double _secondsPerTurn;
    private int _waiting;

    /// <summary>The destination's scheme, host and port.</summary>
    public string Key => key;

    /// <summary>Who is in it or waits for it; guarded by the <see cref="LaneSet"/>.</summary>
    public int Visitors { get; set; }

    /// <summary>Whether something it sent back is still to come.</summary>
    public bool IsPacing => _nextTurn > clock.GetUtcNow();

    /// <summary>Takes a turn; or answers with the time to come back at.</summary>
    public async ValueTask<DateTimeOffset?> EnterAsync(CancellationToken stopping)
    {
        if (_turns.Wait(0, CancellationToken.None))
        {
            if (_turns.CurrentCount == maxInFlight - 1) NoteProgress(); // The lane was empty: what it did before says nothing now.
            return null;
        }

        var ahead = Interlocked.Increment(ref _waiting);
        try
        {
            if (ExpectedWait(ahead) <= Patience && await _turns.WaitAsync(Patience, stopping)) return null;
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }

        return NextTurn();
    }

    /// <summary>Gives a turn back, and notes how fast turns come free.</summary>
    public void Leave()
    {
        lock (_gate)
        {
            var seconds = Math.Min(clock.GetElapsedTime(_lastProgress).TotalSeconds, 60);
            _secondsPerTurn = _secondsPerTurn == 0 ? seconds : (0.8 * _secondsPerTurn) + (0.2 * seconds);
            _lastProgress = clock.GetTimestamp();
        }

        _turns.Release();
    }

    private void NoteProgress()
    {
        lock (_gate) _lastProgress = clock.GetTimestamp();
    }

    /// <summary>How long until this many turns come free: by the measured rate, or as long as none has, when that is longer.</summary>
    private TimeSpan ExpectedWait(int turns)
    {
        lock (_gate) return TimeSpan.FromSeconds(Math.Max(_secondsPerTurn * turns, clock.GetElapsedTime(_lastProgress).TotalSeconds));
    }

    /// <summary>A leaky bucket: each message sent back gets the next turn of the lane's rate, jittered, a second from now at the earliest.</summary>
    private DateTimeOffset NextTurn()
    {
        lock (_gate)
        {
            var earliest = clock.GetUtcNow() + Patience;
            var stalled = clock.GetElapsedTime(_lastProgress).TotalSeconds / maxInFlight;
            var pace = TimeSpan.FromSeconds(Math.Clamp(Math.Max(_secondsPerTurn, stalled), 0.001, 1));
            _nextTurn = (_nextTurn > earliest ? _nextTurn : earliest) + pace;
            return _nextTurn + (pace * chance.NextDouble());
        }
    }
}
