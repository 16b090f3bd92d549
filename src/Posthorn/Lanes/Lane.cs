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
    private static readonly TimeSpan Horizon = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan StallGrace = TimeSpan.FromSeconds(2);
    private const int MeasuredEnough = 64;
    private readonly SemaphoreSlim _turns = new(maxInFlight, maxInFlight);
    private readonly Lock _gate = new();
    private readonly RatePacer _rate = new(clock, chance);
    private long _nextTurnTicks; // UTC; read by the LaneSet under its own lock.
    private long _lastProgress = clock.GetTimestamp();
    private double _secondsPerTurn;
    private int _measured;
    private int _waiting;
    private int _paced;

    /// <summary>The endpoint, or the destination's scheme, host and port.</summary>
    public string Key => key;

    /// <summary>Who is in it or waits for it; guarded by the <see cref="LaneSet"/>.</summary>
    public int Visitors { get; set; }

    /// <summary>Whether something it sent back is still to come.</summary>
    public bool IsPacing => Volatile.Read(ref _nextTurnTicks) > clock.GetUtcNow().UtcTicks || _rate.IsPacing;

    /// <summary>Takes a turn; or answers with the time to come back at.</summary>
    /// <param name="perSecond">The most requests a second; null is no limit.</param>
    /// <param name="stopping">Stops the waiting.</param>
    public async ValueTask<DateTimeOffset?> EnterAsync(int? perSecond, CancellationToken stopping)
    {
        if (await PaceAsync(perSecond, stopping) is { } comeBack) return comeBack;
        if (_turns.Wait(0, CancellationToken.None))
        {
            if (_turns.CurrentCount == maxInFlight - 1) NoteProgress(); // The lane was empty: what it did before says nothing now.
            return null;
        }

        return await WaitForTurnAsync(stopping) ? await PaceHeldTurnAsync(perSecond, stopping) : NextTurn();
    }

    /// <summary>Waits for a place of the rate; or answers with the time to come back at.</summary>
    private async ValueTask<DateTimeOffset?> PaceAsync(int? perSecond, CancellationToken stopping)
    {
        if (perSecond is not { } rate) return null;
        var isOneOfFew = Interlocked.Increment(ref _paced) <= maxInFlight; // Who waits here holds one of the pump's slots.
        try
        {
            var (wait, comeBack) = _rate.Take(rate, isOneOfFew);
            if (comeBack is null && wait > TimeSpan.Zero) await Task.Delay(wait, clock, stopping);
            return comeBack;
        }
        finally
        {
            Interlocked.Decrement(ref _paced);
        }
    }

    /// <summary>A place again for who had to wait for a turn: its first one is past, and those who waited with it would go all at once.</summary>
    private async ValueTask<DateTimeOffset?> PaceHeldTurnAsync(int? perSecond, CancellationToken stopping)
    {
        var isHeld = false;
        try
        {
            var comeBack = await PaceAsync(perSecond, stopping);
            isHeld = comeBack is null;
            return comeBack;
        }
        finally
        {
            if (!isHeld) _turns.Release();
        }
    }

    private async ValueTask<bool> WaitForTurnAsync(CancellationToken stopping)
    {
        var ahead = Interlocked.Increment(ref _waiting);
        try
        {
            return ExpectedWait(ahead) <= Patience && await _turns.WaitAsync(Patience, stopping);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    /// <summary>Gives a turn back, and notes how fast turns come free.</summary>
    public void Leave()
    {
        lock (_gate)
        {
            var seconds = clock.GetElapsedTime(_lastProgress).TotalSeconds;
            if (seconds > StallGrace.TotalSeconds) BeginAfresh();
            else if (++_measured > 1) _secondsPerTurn += (seconds - _secondsPerTurn) / Math.Min(_measured, MeasuredEnough);
            _lastProgress = clock.GetTimestamp();
        }

        _turns.Release();
    }

    /// <summary>The lane was stalled, or is new: what it measured says nothing of what comes.</summary>
    private void BeginAfresh()
    {
        (_secondsPerTurn, _measured) = (0, 0);
        Volatile.Write(ref _nextTurnTicks, 0);
    }

    private void NoteProgress()
    {
        lock (_gate) _lastProgress = clock.GetTimestamp();
    }

    /// <summary>How long until this many turns come free: by the rate, once it is known, or as long as none has, when that is longer.</summary>
    private TimeSpan ExpectedWait(int turns)
    {
        lock (_gate) return TimeSpan.FromSeconds(Math.Max(Pace * turns, clock.GetElapsedTime(_lastProgress).TotalSeconds));
    }

    /// <summary>Seconds a turn, by measurement; 0 while too few were measured, as the first exchanges with a destination are slow.</summary>
    private double Pace => _measured >= MeasuredEnough ? _secondsPerTurn : 0;

    /// <summary>
    /// A leaky bucket: each message sent back gets the next turn of the lane's pace, jittered, a second from now at the earliest.
    /// While nothing moves the pace slows down with the time that passes.
    /// </summary>
    private DateTimeOffset NextTurn()
    {
        lock (_gate)
        {
            var earliest = clock.GetUtcNow() + Patience;
            var stalled = (clock.GetElapsedTime(_lastProgress) - StallGrace).TotalSeconds / maxInFlight;
            var pace = TimeSpan.FromSeconds(Math.Clamp(Math.Max(Pace, stalled), 0.002, 1));
            var next = new DateTimeOffset(Math.Max(_nextTurnTicks, earliest.UtcTicks), TimeSpan.Zero) + pace;
            if (next > earliest + Horizon) next = earliest + (Horizon * chance.NextDouble()); // The lane may recover long before so many turns.
            else Volatile.Write(ref _nextTurnTicks, next.UtcTicks);
            return next + (pace * chance.NextDouble());
        }
    }
}
