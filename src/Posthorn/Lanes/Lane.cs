using Posthorn.Sending;

namespace Posthorn.Lanes;

/// <summary>
/// One destination: its turns, who waits for them, and where the rest is sent. It starts with few requests in flight, and each answer
/// allows one more up to the cap, as TCP does (RFC 5681, section 3.1); silence halves what is allowed. Guarded by the
/// <see cref="LaneSet"/>'s lock.
/// </summary>
internal sealed class Lane(string key, TurnPool pool, TimeProvider clock, Random chance)
{
    private const int FirstWindow = 2;
    private const int ReasonToDoubt = 3;
    private const int RetriesTurn = 8;
    private const int ReasonToWatch = 5;
    private static readonly TimeSpan StallGrace = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan FirstPace = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan LongestAbsence = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan ShortTrouble = TimeSpan.FromSeconds(5); // A restart behind a load balancer, and the like.
    private static readonly TimeSpan Idleness = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Memory = TimeSpan.FromMinutes(10);
    private readonly Queue<LaneWaiter> _fresh = new(0);
    private readonly Queue<LaneWaiter> _retries = new(0);
    private readonly ReturnPacer _overflow = new(chance);
    private readonly ReturnPacer _exile = new(chance);
    private readonly TurnPace _pace = new(StallGrace, clock);
    private long _lastAnswer = long.MinValue / 2;
    private long _lastSeen = clock.GetTimestamp();
    private int _inFlight;
    private int _window = Math.Min(FirstWindow, pool.PerLane);
    private int _waiting;
    private int _failures;
    private int _silences;
    private int _granted;
    private bool _hasAnswered;
    private bool _isBlocked;

    /// <summary>A wait that is so short that any number may wait so long.</summary>
    public static TimeSpan ShortWait { get; } = TimeSpan.FromMilliseconds(50);

    /// <summary>How long a turn is waited for in place; what waits longer goes back to the queue.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromMilliseconds(250);

    /// <summary>The endpoint, or the destination's scheme, host and port.</summary>
    public string Key => key;

    /// <summary>Who is in it or waits for it.</summary>
    public int Visitors { get; set; }

    /// <summary>Its limit of requests a second; null when it never had one.</summary>
    public RatePacer? Rate { get; set; }

    /// <summary>Its circuit; null while there is no reason for one.</summary>
    public Circuit? Circuit { get; set; }

    /// <summary>What its last request met when that was trouble of the destination's; null once it answered.</summary>
    public SendResult? Trouble { get; private set; }

    /// <summary>When what is known of it stops to matter, in the clock's timestamps.</summary>
    public long ForgetAt { get; private set; }

    /// <summary>Whether enough failed to watch it with a circuit.</summary>
    public bool NeedsWatching => _failures >= ReasonToWatch;

    /// <summary>Whether nobody is in it or on the way to it.</summary>
    public bool IsEmpty => Visitors == 0 && !_overflow.IsPacing(clock.GetUtcNow()) && !_exile.IsPacing(clock.GetUtcNow()) && Rate is not { IsPacing: true };

    /// <summary>Whether nothing would be lost by forgetting it.</summary>
    public bool IsIdle => IsEmpty && ForgetAt <= clock.GetTimestamp();

    /// <summary>Whether there is no turn to be had, nor soon.</summary>
    public bool IsStuck => (Circuit is { } circuit && circuit.IsOpen(out _)) || (_inFlight >= _window && _pace.SinceLast > Patience);

    /// <summary>Takes a turn; null when there is none to be had now.</summary>
    public LaneTurn? TryTake(bool isRetry)
    {
        if (Circuit is { } circuit && circuit.IsOpen(out _)) return null;
        return HasWaitersBefore(isRetry) ? null : TakeNext();
    }

    /// <summary>Waits in line; null when that takes too long or holds up others.</summary>
    public LaneWaiter? TryWait(bool isRetry)
    {
        if (Circuit is { } circuit && circuit.IsOpen(out _)) return null;
        if (_inFlight == 0) return TryWaitForFirst(isRetry);
        var expected = _hasAnswered ? _pace.Expect(_waiting + 1) : _pace.SinceLast;
        var isShort = _hasAnswered && _pace.IsKnown && expected <= ShortWait;
        return expected > Patience || (!isShort && !pool.TryWait()) ? null : Wait(isRetry, holdsPlace: !isShort);
    }

    /// <summary>Ends a wait that led to nothing.</summary>
    public void GiveUp(LaneWaiter waiter)
    {
        EndWait(waiter);
        waiter.End(turn: null); // It is skipped when its turn comes.
    }

    /// <summary>Ends a turn, with what it told, and hands the free ones over.</summary>
    /// <param name="turn">The turn.</param>
    /// <param name="result">What was met; null when nothing was sent.</param>
    public void Leave(LaneTurn turn, SendResult? result)
    {
        var news = LaneNewsReader.Of(result);
        if (news != LaneNews.None) Trouble = news == LaneNews.Answered ? null : result;
        _inFlight--;
        _lastSeen = clock.GetTimestamp();
        pool.GiveBack(turn.Trust);
        if (news != LaneNews.None) Learn(news);
        HandOver();
        if (turn.Trust != Trust.New) return;
        if (news == LaneNews.Answered) pool.Newcomers.Answered();
        pool.Newcomers.Welcome();
    }

    /// <summary>Hands its first turn over to who waits for it; false when there is none to be had now.</summary>
    public bool TakeFirst()
    {
        if (_inFlight == 0) HandOver();
        return _inFlight > 0 || NextWaiter() is null;
    }

    /// <summary>When what cannot go now is to come back.</summary>
    public DateTimeOffset NextTurn(bool isRetry)
    {
        var now = clock.GetUtcNow();
        _lastSeen = clock.GetTimestamp();
        TimeSpan? breakLeft = null;
        var isBroken = Circuit?.IsOpen(out breakLeft) == true;
        if (!isBroken && _inFlight == 0 && Trust != Trust.Lost) return pool.NextTurn(now + Patience, isRetry); // It is not this lane that is full.

        var silence = _pace.SinceLast;
        IsBlocked = isBroken || Trust == Trust.Lost || silence >= StallGrace;
        if (!_isBlocked) return _overflow.Next(now + Patience, Pace, isRetry, isBlocked: false);
        var absence = silence < Patience ? Patience : silence < LongestAbsence ? silence : LongestAbsence;
        return _exile.Next(now + (breakLeft ?? absence), pool.BlockedSpacing, isRetry, isBlocked: true);
    }

    /// <summary>Nothing is on the way to it any more: the others need not come back slower for it.</summary>
    public void Rest() => IsBlocked = false;

    private bool IsBlocked
    {
        set
        {
            if (_isBlocked == value) return;
            _isBlocked = value;
            pool.BlockedLanes += value ? 1 : -1;
            if (!value) _exile.Hasten(clock.GetUtcNow());
        }
    }

    private Trust Trust => _hasAnswered ? Trust.Earned : _silences == 0 ? Trust.New : Trust.Lost;

    private bool HasWaitersBefore(bool isRetry) => isRetry ? _waiting > 0 : Peek(_fresh) is not null;

    private LaneTurn? TakeNext()
    {
        var trust = Trust;
        if (_inFlight >= _window || !pool.TryTake(_inFlight, trust, isLively: clock.GetElapsedTime(_lastAnswer) < Patience)) return null;
        if (_inFlight++ == 0 && (_hasAnswered || clock.GetElapsedTime(_lastSeen) > Idleness)) _pace.Restart(); // What it did before says nothing now.
        return new LaneTurn(trust);
    }

    private LaneWaiter? TryWaitForFirst(bool isRetry)
    {
        if (Trust != Trust.New || !pool.Newcomers.IsShort) return null; // Nobody will hand over a turn.
        pool.Newcomers.Add(this);
        return Wait(isRetry, holdsPlace: false);
    }

    private LaneWaiter Wait(bool isRetry, bool holdsPlace)
    {
        var waiter = new LaneWaiter(this, holdsPlace, since: clock.GetTimestamp());
        (isRetry ? _retries : _fresh).Enqueue(waiter);
        _waiting++;
        return waiter;
    }

    private void HandOver()
    {
        while (NextWaiter() is { } waiter && TakeNext() is { } next) Grant(waiter, next);
    }

    private void Grant(LaneWaiter waiter, LaneTurn turn)
    {
        (Peek(_fresh) == waiter ? _fresh : _retries).Dequeue();
        _granted++;
        EndWait(waiter);
        waiter.End(turn);
    }

    private void EndWait(LaneWaiter waiter)
    {
        _waiting--;
        if (waiter.HoldsPlace) pool.EndWait();
    }

    /// <summary>Fresh mail first; but now and then a retry, or it would wait for ever where there is always fresh mail.</summary>
    private LaneWaiter? NextWaiter() => _granted % RetriesTurn == RetriesTurn - 1 ? Peek(_retries) ?? Peek(_fresh) : Peek(_fresh) ?? Peek(_retries);

    private static LaneWaiter? Peek(Queue<LaneWaiter> waiters)
    {
        while (waiters.TryPeek(out var waiter))
        {
            if (!waiter.IsOver) return waiter;
            waiters.Dequeue();
        }

        return null;
    }

    private void Learn(LaneNews news)
    {
        ForgetAt = clock.GetTimestamp() + (long)(Memory.TotalSeconds * clock.TimestampFrequency);
        switch (news)
        {
            case LaneNews.Answered:
                Measure();
                (_hasAnswered, _failures, _silences) = (true, 0, 0);
                _window = Math.Min(_window + 1, pool.PerLane);
                IsBlocked = false;
                break;
            case LaneNews.Overloaded:
                Measure();
                (_hasAnswered, _silences) = (true, 0);
                Fail();
                break;
            default:
                if (++_silences >= ReasonToDoubt && clock.GetElapsedTime(_lastAnswer) > ShortTrouble) _hasAnswered = false;
                Fail();
                break;
        }
    }

    private void Fail()
    {
        _failures++;
        _window = Math.Max(1, _window / 2);
    }

    private void Measure()
    {
        _lastAnswer = clock.GetTimestamp();
        _pace.Measure(isFirst: !_hasAnswered);
    }

    /// <summary>The time a turn takes, by measurement; the first exchanges with a destination are slow, so a guess until enough were measured.</summary>
    private TimeSpan Pace => _pace.IsKnown ? TimeSpan.FromSeconds(Math.Clamp(_pace.OfOne.TotalSeconds, 0.001, 1)) : FirstPace;
}
