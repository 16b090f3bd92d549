using System.Diagnostics.Metrics;
using Posthorn.Queues;

namespace Posthorn.Diagnostics;

/// <summary>What a worker holds now, for whoever collects metrics: asked for, and never counted along.</summary>
public sealed class WorkerGauges : IDisposable
{
    private readonly Meter _meter = new(PosthornMeter.Name);
    private QueueCounts? _counts;

    /// <param name="inFlight">How many messages are leased.</param>
    /// <param name="lanes">How many lanes there are, and how many circuits are open.</param>
    /// <param name="pumpAge">How long ago the pump last polled.</param>
    public WorkerGauges(Func<int> inFlight, Func<(int Lanes, int OpenCircuits)> lanes, Func<TimeSpan> pumpAge)
    {
        _meter.CreateObservableUpDownCounter("posthorn.deliveries.in_flight", inFlight, "{delivery}", "Messages under way in this worker");
        _meter.CreateObservableUpDownCounter("posthorn.lanes", () => lanes().Lanes, "{lane}", "Destinations that this worker remembers");
        _meter.CreateObservableUpDownCounter("posthorn.circuits.open", () => lanes().OpenCircuits, "{circuit}", "Destinations whose circuit is open");
        _meter.CreateObservableGauge("posthorn.pump.last_poll.age", () => pumpAge().TotalSeconds, "s", "Since the worker last asked the queue for mail");
        _meter.CreateObservableGauge("posthorn.queue.messages", Messages, "{message}", "Messages on the queue, by state");
        _meter.CreateObservableGauge("posthorn.queue.oldest.age", OldestAge, "s", "How long the oldest message that is not dead has been on the queue");
    }

    /// <summary>What was last seen on the queue; null when it could not be asked, and then nothing of it is told.</summary>
    public QueueCounts? Counts
    {
        get => Volatile.Read(ref _counts);
        set => Volatile.Write(ref _counts, value);
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    private IEnumerable<Measurement<long>> Messages()
    {
        if (Counts is not { } counts) yield break;
        foreach (var (state, count) in new[] { ("active", counts.Active), ("scheduled", counts.Scheduled), ("locked", counts.Locked), ("dead", counts.Dead) })
            if (count is { } known) yield return new Measurement<long>(known, KeyValuePair.Create<string, object?>("state", state));
    }

    private IEnumerable<Measurement<double>> OldestAge() => Counts is { } counts ? [new Measurement<double>(counts.OldestAge?.TotalSeconds ?? 0)] : [];
}
