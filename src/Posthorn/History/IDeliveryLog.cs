namespace Posthorn.History;

/// <summary>
/// The past: deliveries, the events they came from, and the status of what the events are about. It never decides a redelivery.
/// Every member may throw <see cref="StoreUnavailableException"/>.
/// </summary>
public interface IDeliveryLog
{
    /// <summary>
    /// Writes a batch in one transaction. A delivery that is there already gets the new attempts appended, and the newer state by
    /// <see cref="DeliveryRecord.LastAt"/>; an event or a status entry that is there already stays as it is.
    /// </summary>
    Task WriteAsync(HistoryBatch batch, CancellationToken cancellationToken);

    /// <summary>Finds a delivery with all its attempts.</summary>
    Task<DeliveryRecord?> FindDeliveryAsync(string deliveryId, CancellationToken cancellationToken);

    /// <summary>A page of deliveries, the newest first.</summary>
    Task<IReadOnlyList<DeliveryRecord>> DeliveriesAsync(DeliveryQuery query, CancellationToken cancellationToken);

    /// <summary>Finds an event.</summary>
    Task<ArchivedEvent?> FindEventAsync(string eventId, CancellationToken cancellationToken);

    /// <summary>A page of the events accepted within a time, the oldest first.</summary>
    Task<IReadOnlyList<ArchivedEvent>> EventsAsync(DateTimeOffset since, DateTimeOffset until, long afterPosition, int max, CancellationToken cancellationToken);

    /// <summary>Which of these deliveries the log has anything of.</summary>
    Task<IReadOnlySet<string>> KnownDeliveriesAsync(IReadOnlyList<string> deliveryIds, CancellationToken cancellationToken);

    /// <summary>The status entries of one entity, the oldest first; at most the newest <paramref name="max"/>.</summary>
    /// <param name="entity">The task's id.</param>
    /// <param name="tenant">Only this tenant's; null is everyone's.</param>
    /// <param name="since">Not older than this, by the acceptance.</param>
    /// <param name="max">The most entries.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    Task<IReadOnlyList<StatusEntry>> StatusAsync(string entity, string? tenant, DateTimeOffset since, int max, CancellationToken cancellationToken);

    /// <summary>The status entries of all entities accepted since a time, the newest first.</summary>
    Task<IReadOnlyList<StatusEntry>> RecentStatusAsync(string? tenant, DateTimeOffset since, int max, CancellationToken cancellationToken);

    /// <summary>Deletes what is older, some at a time: deliveries by <see cref="DeliveryRecord.LastAt"/>, events and status entries by their acceptance.</summary>
    /// <returns>How many rows went; less than <paramref name="max"/> means that there are no more.</returns>
    Task<int> PruneAsync(DateTimeOffset historyBefore, DateTimeOffset statusBefore, int max, CancellationToken cancellationToken);
}

/// <summary>What is written together.</summary>
/// <param name="Deliveries">New deliveries, and news of older ones; one delivery may be among them several times, in order.</param>
/// <param name="Events">New events.</param>
/// <param name="Statuses">New status entries.</param>
public sealed record HistoryBatch(IReadOnlyList<DeliveryRecord> Deliveries, IReadOnlyList<ArchivedEvent> Events, IReadOnlyList<StatusEntry> Statuses);

/// <summary>Which deliveries; what is null does not matter.</summary>
public sealed record DeliveryQuery
{
    /// <summary>Only of this endpoint.</summary>
    public string? EndpointId { get; init; }

    /// <summary>Only of this event.</summary>
    public string? EventId { get; init; }

    /// <summary>Only of this tenant.</summary>
    public string? Tenant { get; init; }

    /// <summary>Only of this type; <c>job.*</c> takes all that begin with <c>job.</c>.</summary>
    public string? Type { get; init; }

    /// <summary>Only with this newest HTTP status.</summary>
    public int? Status { get; init; }

    /// <summary>Only in this state.</summary>
    public DeliveryState? State { get; init; }

    /// <summary>Only of this profile.</summary>
    public string? Profile { get; init; }

    /// <summary>Only to destinations that begin with this.</summary>
    public string? Destination { get; init; }

    /// <summary>First recorded at or after this.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>First recorded before this.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Only at smaller positions: the last one of the page before.</summary>
    public long? Before { get; init; }

    /// <summary>The page's size.</summary>
    public required int Max { get; init; }
}
