using Polly;
using Polly.CircuitBreaker;
using Posthorn.Sending;

namespace Posthorn.Lanes;

/// <summary>
/// Stops sending to a destination where nearly everything fails, and lets one request through from time to time to see. One a lane,
/// made when there is reason to, and forgotten with it: Polly's own registry never forgets.
/// </summary>
internal sealed class Circuit
{
    /// <summary>The share of failures that opens it.</summary>
    public const double FailureRatio = 0.9;

    /// <summary>The least results it judges by.</summary>
    public const int MinimumThroughput = 200;

    /// <summary>How long a result counts.</summary>
    public static readonly TimeSpan SamplingDuration = TimeSpan.FromSeconds(60);

    // Who lets every request run out of its time gives few results, each dearly paid for.
    private const int WeightOfTimeout = 100;
    private static readonly TimeSpan LongSilence = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan ShortestBreak = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestBreak = TimeSpan.FromSeconds(30);
    private readonly CircuitBreakerStateProvider _state = new();
    private readonly ResiliencePipeline<SendResult> _pipeline;
    private readonly TimeProvider _clock;
    private long _openUntilTicks; // By the steady clock.

    public Circuit(TimeProvider clock, Random chance, Action<TimeSpan> opened, Action closed)
    {
        _clock = new SteadyClock(clock); // A break must not last longer because the clock was set back.
        _pipeline = new ResiliencePipelineBuilder<SendResult> { TimeProvider = _clock }.AddCircuitBreaker(new CircuitBreakerStrategyOptions<SendResult>
        {
            FailureRatio = FailureRatio,
            MinimumThroughput = MinimumThroughput,
            SamplingDuration = SamplingDuration,
            StateProvider = _state,
            ShouldHandle = result => ValueTask.FromResult(IsFailure(LaneNewsReader.Of(result.Outcome.Result))),
            BreakDurationGenerator = open =>
            {
                var pause = BreakAfter(open.HalfOpenAttempts, chance);
                Volatile.Write(ref _openUntilTicks, (_clock.GetUtcNow() + pause).UtcTicks);
                return ValueTask.FromResult(pause);
            },
            OnOpened = open =>
            {
                opened(open.BreakDuration);
                return default;
            },
            OnClosed = _ =>
            {
                closed();
                return default;
            },
        }).Build();
    }

    /// <summary>Whether nothing is to be sent now.</summary>
    /// <param name="left">What is left of the break; null while the probe is under way.</param>
    public bool IsOpen(out TimeSpan? left)
    {
        var state = _state.CircuitState;
        left = state == CircuitState.Open ? new DateTimeOffset(Volatile.Read(ref _openUntilTicks), TimeSpan.Zero) - _clock.GetUtcNow() : null;
        return state == CircuitState.HalfOpen || left > TimeSpan.Zero;
    }

    /// <summary>Sends, and judges by the result.</summary>
    /// <returns>Null when the circuit is open: nothing was sent.</returns>
    public async ValueTask<SendResult?> SendAsync(Func<CancellationToken, Task<SendResult>> send, CancellationToken stopping)
    {
        var context = ResilienceContextPool.Shared.Get(stopping);
        try
        {
            var outcome = await _pipeline.ExecuteOutcomeAsync(
                static async (context, send) => Outcome.FromResult(await send(context.CancellationToken)), context, send);
            if (outcome.Exception is BrokenCircuitException) return null;
            outcome.ThrowIfException();
            if (outcome.Result is SendResult.Failed { Duration: var took } silence && took >= LongSilence) await WeighAsync(silence, context);
            return outcome.Result;
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    /// <summary>Counts a result that took long again and again, until the circuit opens.</summary>
    private async ValueTask WeighAsync(SendResult silence, ResilienceContext context)
    {
        for (var times = 1; times < WeightOfTimeout && _state.CircuitState == CircuitState.Closed; times++)
            await _pipeline.ExecuteOutcomeAsync(static (_, result) => ValueTask.FromResult(Outcome.FromResult(result)), context, silence);
    }

    /// <summary>A probe that sent nothing has not shown that the destination answers.</summary>
    private bool IsFailure(LaneNews news) =>
        news is LaneNews.Silent or LaneNews.Overloaded || (news == LaneNews.None && _state.CircuitState == CircuitState.HalfOpen);

    /// <summary>2, 4, 8, 16, 30, 30 … s, by a factor U(0.8, 1.2).</summary>
    private static TimeSpan BreakAfter(int failedProbes, Random chance)
    {
        var doubled = ShortestBreak * Math.Pow(2, Math.Min(failedProbes, 10));
        return (doubled < LongestBreak ? doubled : LongestBreak) * (0.8 + (0.4 * chance.NextDouble()));
    }
}
