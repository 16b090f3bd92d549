using System.Diagnostics.Metrics;

namespace Posthorn.Diagnostics;

/// <summary>What is counted, under the meter <c>Posthorn</c>.</summary>
public static class PosthornMeter
{
    private static readonly Meter Meter = new("Posthorn");

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
}
