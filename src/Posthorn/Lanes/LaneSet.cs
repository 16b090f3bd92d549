using Microsoft.Extensions.Logging;
using Posthorn.Envelopes;
using Posthorn.Retrying;
using Posthorn.Sending;

namespace Posthorn.Lanes;

/// <summary>
/// What keeps destinations apart. Each has its own cap of requests in flight, its own rate and its own circuit; what it cannot take now
/// goes back to the queue, paced, and costs the others nothing.
/// </summary>
public sealed partial class LaneSet(int maxInFlight, int maxInFlightPerLane, TimeProvider clock, Random chance, ILogger<LaneSet> logger)
{
    private const int SweepEvery = 1000;
    private const int MostRemembered = 10_000; // Lanes that are kept for nothing but what they remember.
    private readonly Dictionary<string, Lane> _lanes = new(StringComparer.Ordinal);
    private readonly TurnPool _pool = new(maxInFlight, maxInFlightPerLane, clock, chance);
    private readonly Lock _gate = new();
    private WaitingLine? _line;
    private int _visitsUntilSweep = SweepEvery;

    /// <summary>How many destinations are remembered.</summary>
    internal int Count
    {
        get
        {
            lock (_gate) return _lanes.Count;
        }
    }

    /// <summary>How many destinations are remembered, and how many of their circuits are open.</summary>
    public (int Lanes, int OpenCircuits) Census()
    {
        lock (_gate) return (_lanes.Count, _lanes.Values.Count(lane => lane.Circuit is { } circuit && circuit.IsOpen(out _)));
    }

    /// <summary>Destinations whose last request met trouble, those with an open circuit first; of an answer its status only.</summary>
    /// <param name="max">The most of them.</param>
    public IReadOnlyList<(string Key, string Cause, bool IsOpen)> Troubled(int max)
    {
        lock (_gate)
        {
            return [.. (from lane in _lanes.Values
                       let isOpen = lane.Circuit is { } circuit && circuit.IsOpen(out _)
                       where isOpen || lane.Trouble is not null
                       orderby isOpen descending, lane.Key
                       select (lane.Key, lane.Trouble switch { null => "", SendResult.Answered { Status: var status } => $"HTTP {status}", var other => DeliveryPolicy.Describe(other) }, isOpen)).Take(max)];
        }
    }

    /// <summary>When mail for a lane that does not move is to come back; null when the lane may take it.</summary>
    /// <param name="key">The lane, see <see cref="Destination.Lane"/>.</param>
    /// <param name="isRetry">Whether it was tried before.</param>
    public DateTimeOffset? BlockedUntil(string key, bool isRetry)
    {
        lock (_gate) return _lanes.TryGetValue(key, out var lane) && lane.IsStuck ? lane.NextTurn(isRetry) : null;
    }

    /// <summary>What the last request in a lane met when that was trouble of the destination's; null when it answered, or nothing is known of it.</summary>
    public SendResult? TroubleOf(string key)
    {
        lock (_gate) return _lanes.TryGetValue(key, out var lane) ? lane.Trouble : null;
    }

    /// <summary>Sends in the destination's lane, at once or within a moment; a lane that has no turn to give so soon says when to come back.</summary>
    /// <param name="destination">Where to.</param>
    /// <param name="isRetry">Whether it was tried before: fresh mail goes first.</param>
    /// <param name="send">Sends.</param>
    /// <param name="stopping">Stops the waiting and the sending.</param>
    /// <exception cref="OperationCanceledException">The worker stops.</exception>
    public async Task<Passage> PassAsync(Destination destination, bool isRetry, Func<CancellationToken, Task<SendResult>> send, CancellationToken stopping)
    {
        ArgumentNullException.ThrowIfNull(destination);
        ArgumentNullException.ThrowIfNull(send);
        var lane = Visit(destination.Lane);
        try
        {
            if (await TakeTurnAsync(lane, isRetry, stopping) is not { } turn) return new Passage.Later(NextTurn(lane, isRetry));
            if (await UseTurnAsync(lane, turn, destination.RateLimit, send, stopping) is not { } passage) return new Passage.Later(NextTurn(lane, isRetry));
            return passage;
        }
        finally
        {
            EndVisit(lane);
        }
    }

    private ValueTask<LaneTurn?> TakeTurnAsync(Lane lane, bool isRetry, CancellationToken stopping)
    {
        LaneWaiter? waiter;
        lock (_gate)
        {
            if (lane.TryTake(isRetry) is { } turn) return ValueTask.FromResult<LaneTurn?>(turn);
            waiter = lane.TryWait(isRetry);
            if (waiter is null) return ValueTask.FromResult<LaneTurn?>(null);
            (_line ??= new WaitingLine(_gate, clock)).Add(waiter);
        }

        return WaitAsync(waiter, stopping);
    }

    private async ValueTask<LaneTurn?> WaitAsync(LaneWaiter waiter, CancellationToken stopping)
    {
        await using var stop = stopping.UnsafeRegister(_ => GiveUp(waiter), state: null);
        var turn = await waiter.Granted;
        if (turn is null) stopping.ThrowIfCancellationRequested();
        return turn;
    }

    private void GiveUp(LaneWaiter waiter)
    {
        lock (_gate)
        {
            if (!waiter.IsOver) waiter.Lane.GiveUp(waiter);
        }
    }

    /// <summary>Uses a turn, and gives it back; null when the circuit broke in the meantime, and nothing was sent.</summary>
    private async Task<Passage?> UseTurnAsync(Lane lane, LaneTurn turn, int? perSecond, Func<CancellationToken, Task<SendResult>> send, CancellationToken stopping)
    {
        SendResult? result = null;
        try
        {
            if (perSecond is { } rate && await PaceAsync(lane, rate, stopping) is { } place) return new Passage.Later(place);
            result = lane.Circuit is { } circuit ? await circuit.SendAsync(send, stopping) : await send(stopping);
            return result is null ? null : new Passage.Sent(result);
        }
        finally
        {
            lock (_gate)
            {
                lane.Leave(turn, result);
                if (lane is { Circuit: null, NeedsWatching: true }) lane.Circuit = Watch(lane.Key);
            }
        }
    }

    /// <summary>Waits for a place of the destination's rate; or answers with the time to come back at.</summary>
    private async ValueTask<DateTimeOffset?> PaceAsync(Lane lane, int perSecond, CancellationToken stopping)
    {
        bool mayWait;
        (TimeSpan Wait, DateTimeOffset? Return) place;
        lock (_gate)
        {
            mayWait = _pool.TryWait();
            place = (lane.Rate ??= new RatePacer(clock, chance)).Take(perSecond, mayWait);
        }

        try
        {
            if (place.Wait > TimeSpan.Zero) await Task.Delay(place.Wait, clock, stopping);
            return place.Return;
        }
        finally
        {
            lock (_gate)
            {
                if (mayWait) _pool.EndWait();
            }
        }
    }

    private Circuit Watch(string key) => new(clock, chance, pause => LogOpened(key, (int)Math.Ceiling(pause.TotalSeconds)), () => LogClosed(key));

    private DateTimeOffset NextTurn(Lane lane, bool isRetry)
    {
        lock (_gate) return lane.NextTurn(isRetry);
    }

    private Lane Visit(string key)
    {
        lock (_gate)
        {
            if (!_lanes.TryGetValue(key, out var lane)) _lanes[key] = lane = new Lane(key, _pool, clock, chance);
            lane.Visitors++;
            return lane;
        }
    }

    private void EndVisit(Lane lane)
    {
        lock (_gate)
        {
            lane.Visitors--;
            if (lane.IsIdle) Forget(lane);
            if (--_visitsUntilSweep <= 0) Sweep();
        }
    }

    /// <summary>Forgets what nothing happened to for long; and of too many that are only remembered, the oldest.</summary>
    private void Sweep()
    {
        foreach (var lane in _lanes.Values.Where(lane => lane.IsIdle).ToList()) Forget(lane);
        var remembered = _lanes.Values.Where(lane => lane.IsEmpty).ToList();
        remembered.ForEach(lane => lane.Rest());
        foreach (var lane in remembered.OrderBy(lane => lane.ForgetAt).Take(remembered.Count - MostRemembered)) Forget(lane);
        _visitsUntilSweep = Math.Max(_lanes.Count, SweepEvery);
    }

    /// <summary>So memory does not grow with the destinations ever seen.</summary>
    private void Forget(Lane lane)
    {
        lane.Rest();
        _lanes.Remove(lane.Key);
    }

    [LoggerMessage(30, LogLevel.Warning, "{Destination}: nearly everything failed of late, so its mail waits; a probe in {Seconds} s", EventName = "CircuitOpened")]
    private partial void LogOpened(string destination, int seconds);

    [LoggerMessage(31, LogLevel.Information, "{Destination}: answers again", EventName = "CircuitClosed")]
    private partial void LogClosed(string destination);
}
