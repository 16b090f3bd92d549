using System.Diagnostics.Metrics;

namespace Posthorn.Diagnostics;

/// <summary>
/// What is counted and measured, under the meter <c>Posthorn</c>. A label's values are few: verdicts, profiles, classes of statuses,
/// reasons; never a URL or an id, and a tenant only where it is asked for. The README's table has them all.
/// </summary>
public static class PosthornMeter
{
    /// <summary>The meter's name.</summary>
    public const string Name = "Posthorn";

    private static readonly Meter Meter = new(Name);

    private static readonly InstrumentAdvice<double> OfRequests = new() { HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60] };

    // From a moment to the days that a schedule of retries lasts.
    private static readonly InstrumentAdvice<double> OfDeliveries = new() { HistogramBucketBoundaries = [0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 14_400, 86_400, 259_200] };

    /// <summary>Deliveries that were decided on, attempt by attempt.</summary>
    public static Counter<long> Deliveries { get; } = Meter.CreateCounter<long>("posthorn.deliveries", "{delivery}", "Decisions on deliveries, by verdict, profile and class of status");

    /// <summary>How long attempts take.</summary>
    public static Histogram<double> AttemptDuration { get; } = Meter.CreateHistogram("posthorn.attempt.duration", "s", "How long an attempt takes", advice: OfRequests);

    /// <summary>How long it takes from the acceptance to the delivery.</summary>
    public static Histogram<double> DeliveryLatency { get; } = Meter.CreateHistogram("posthorn.delivery.latency", "s", "From the acceptance to the delivery", advice: OfDeliveries);

    /// <summary>Failed attempts that will be made again.</summary>
    public static Counter<long> Retries { get; } = Meter.CreateCounter<long>("posthorn.retries", "{attempt}", "Attempts that failed and are made again");

    /// <summary>Messages that were put back without an attempt.</summary>
    public static Counter<long> Postponements { get; } = Meter.CreateCounter<long>("posthorn.postponements", "{message}", "Messages that were put back without an attempt");

    /// <summary>Messages that were dead-lettered by this process.</summary>
    public static Counter<long> DeadLetters { get; } = Meter.CreateCounter<long>("posthorn.dead_letters", "{message}", "Messages that were dead-lettered, by reason");

    /// <summary>Events that no endpoint wanted.</summary>
    public static Counter<long> EventsUnmatched { get; } = Meter.CreateCounter<long>("posthorn.events.unmatched", "{event}", "Events that no endpoint wanted");

    /// <summary>Deliveries that were dropped: expired, or superseded by a newer event.</summary>
    public static Counter<long> DeliveriesDropped { get; } = Meter.CreateCounter<long>("posthorn.deliveries.dropped", "{delivery}", "Deliveries that were dropped, by reason");

    /// <summary>Records of the delivery log that there was no room for.</summary>
    public static Counter<long> HistoryDropped { get; } = Meter.CreateCounter<long>("posthorn.history.dropped", "{record}", "Records of the delivery log that were lost");

    /// <summary>Messages whose lock was lost before they were settled.</summary>
    public static Counter<long> LocksLost { get; } = Meter.CreateCounter<long>("posthorn.locks.lost", "{message}", "Messages whose lock was lost before they were settled");

    /// <summary>Redeliveries that were settled without sending again.</summary>
    public static Counter<long> DuplicatesAvoided { get; } = Meter.CreateCounter<long>("posthorn.duplicates.avoided", "{message}", "Redeliveries that were settled without sending again");

    /// <summary>Attempts for messages that were leased before without an outcome: the receiver may have had them already.</summary>
    public static Counter<long> AttemptsAfterLoss { get; } = Meter.CreateCounter<long>("posthorn.attempts.after_loss", "{attempt}", "Attempts for messages that were leased before without an outcome");

    /// <summary>Calls to the queue (OpenTelemetry's conventions for messaging).</summary>
    public static Histogram<double> OperationDuration { get; } = Meter.CreateHistogram("messaging.client.operation.duration", "s", "How long a call to the queue takes", advice: OfRequests);

    /// <summary>Messages put on the queue.</summary>
    public static Counter<long> MessagesSent { get; } = Meter.CreateCounter<long>("messaging.client.sent.messages", "{message}", "Messages put on the queue");

    /// <summary>Messages leased from the queue.</summary>
    public static Counter<long> MessagesConsumed { get; } = Meter.CreateCounter<long>("messaging.client.consumed.messages", "{message}", "Messages leased from the queue");

    /// <summary>From a lease to its end.</summary>
    public static Histogram<double> ProcessDuration { get; } = Meter.CreateHistogram("messaging.process.duration", "s", "From the lease of a message to its end", advice: OfRequests);
}
