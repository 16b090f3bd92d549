namespace Posthorn.Retrying;

/// <summary>
/// The waits between attempts. Stateless: the n-th wait depends on n and on chance alone, a factor U(1 − jitter, 1 + jitter), so
/// that a schedule survives a restart and no herd forms at its end.
/// </summary>
public sealed record RetrySchedule
{
    /// <summary>The jitter where nothing else is said.</summary>
    public const double DefaultJitter = 0.2;

    /// <summary>The cap of exponential waits where nothing else is said.</summary>
    public static readonly TimeSpan DefaultCap = TimeSpan.FromHours(1);

    private RetrySchedule(IReadOnlyList<TimeSpan> delays, double jitter)
    {
        Delays = delays;
        Jitter = jitter;
    }

    /// <summary>The waits after the first, second, … failed attempt.</summary>
    public IReadOnlyList<TimeSpan> Delays { get; }

    /// <summary>0 (none) to below 1.</summary>
    public double Jitter { get; }

    /// <summary>The first wait of an exponential schedule; null for a listed one.</summary>
    public TimeSpan? Base { get; private init; }

    /// <summary>The longest wait of an exponential schedule; null for a listed one.</summary>
    public TimeSpan? Cap { get; private init; }

    /// <summary>A schedule of listed waits.</summary>
    public static RetrySchedule Listed(IReadOnlyList<TimeSpan> delays, double jitter = DefaultJitter) => new(delays, jitter);

    /// <summary>A schedule that doubles: base, 2 base, 4 base, … up to the cap, <paramref name="max"/> waits in all.</summary>
    public static RetrySchedule Exponential(int max, TimeSpan @base, TimeSpan cap, double jitter = DefaultJitter)
    {
        var delays = Enumerable.Range(0, max).Select(n => TimeSpan.FromSeconds(Math.Min(@base.TotalSeconds * Math.Pow(2, n), cap.TotalSeconds)));
        return new RetrySchedule([.. delays], jitter) { Base = @base, Cap = cap };
    }

    /// <summary>The wait after a failed attempt; null when the schedule is exhausted.</summary>
    /// <param name="attempt">The number of the attempt that failed, from 1.</param>
    /// <param name="chance">The source of jitter.</param>
    public TimeSpan? DelayAfter(int attempt, Random chance)
    {
        ArgumentNullException.ThrowIfNull(chance);
        if (attempt > Delays.Count) return null;
        var factor = 1 + (Jitter * ((chance.NextDouble() * 2) - 1));
        return Delays[Math.Max(attempt, 1) - 1] * factor;
    }
}
