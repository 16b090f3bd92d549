using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Posthorn.Diagnostics;

namespace Posthorn.Worker.Telemetry;

/// <summary>What a worker has counted since it started, and how long its last attempts took; for whoever has no collector of metrics.</summary>
public sealed class WorkerStats : IDisposable
{
    private const int Remembered = 1000;
    private readonly ConcurrentDictionary<string, long> _verdicts = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, long> _deadLetters = new(StringComparer.Ordinal);
    private readonly double[] _seconds = new double[Remembered];
    private readonly MeterListener _listener = new();
    private readonly Lock _gate = new();
    private int _attempts;

    /// <summary>Listens from now on.</summary>
    public WorkerStats()
    {
        _listener.SetMeasurementEventCallback<long>((instrument, count, tags, _) => Count(instrument == PosthornMeter.Deliveries ? _verdicts : _deadLetters, count, tags));
        _listener.SetMeasurementEventCallback<double>((_, seconds, _, _) => Remember(seconds));
        foreach (var instrument in (Instrument[])[PosthornMeter.Deliveries, PosthornMeter.DeadLetters, PosthornMeter.AttemptDuration]) _listener.EnableMeasurementEvents(instrument);
    }

    /// <summary>Dead letters by reason.</summary>
    public IReadOnlyDictionary<string, long> DeadLetters => _deadLetters;

    /// <summary>How often deliveries came to a verdict, by its name in the metrics.</summary>
    public long Verdicts(string verdict) => _verdicts.GetValueOrDefault(verdict);

    /// <summary>A percentile of the last thousand attempts' durations; null before the first.</summary>
    /// <param name="percent">Above 0, at most 100.</param>
    public TimeSpan? Percentile(int percent)
    {
        double[] sorted;
        lock (_gate) sorted = _seconds[..Math.Min(_attempts, Remembered)];
        if (sorted.Length == 0) return null;
        Array.Sort(sorted);
        return TimeSpan.FromSeconds(sorted[(int)Math.Ceiling(sorted.Length * percent / 100.0) - 1]);
    }

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    /// <summary>Counts by the first label, which is the verdict or the reason.</summary>
    private static void Count(ConcurrentDictionary<string, long> counts, long count, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        counts.AddOrUpdate(tags[0].Value as string ?? "", static (_, more) => more, static (_, before, more) => before + more, count);

    private void Remember(double seconds)
    {
        lock (_gate)
        {
            _seconds[_attempts % Remembered] = seconds;
            if (++_attempts == 2 * Remembered) _attempts = Remembered; // It stays full.
        }
    }
}
