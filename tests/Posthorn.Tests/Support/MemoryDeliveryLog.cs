using Posthorn.History;

namespace Posthorn.Tests.Support;

/// <summary>The delivery log in memory.</summary>
internal sealed class MemoryDeliveryLog : MemoryStore, IDeliveryLog
{
    private readonly List<HistoryBatch> _batches = [];
    private readonly List<DeliveryRecord> _deliveries = [];
    private readonly Dictionary<string, int> _places = new(StringComparer.Ordinal);
    private readonly List<ArchivedEvent> _events = [];
    private readonly List<StatusEntry> _statuses = [];

    /// <summary>Which batches it cannot take, however often they are tried.</summary>
    public Func<HistoryBatch, bool> Refuses { get; set; } = _ => false;

    public IReadOnlyList<HistoryBatch> Batches => Copy(_batches);

    public IReadOnlyList<DeliveryRecord> Deliveries => Copy(_deliveries);

    public IReadOnlyList<ArchivedEvent> Events => Copy(_events);

    public IReadOnlyList<StatusEntry> Statuses => Copy(_statuses);

    public Task WriteAsync(HistoryBatch batch, CancellationToken cancellationToken) => Answer(() =>
    {
        if (Refuses(batch)) throw new InvalidOperationException("this batch cannot be stored");
        _batches.Add(batch);
        foreach (var delivery in batch.Deliveries) Merge(delivery);
        foreach (var archived in batch.Events.Where(each => !_events.Exists(there => there.Id == each.Id))) _events.Add(archived with { Position = _events.Count + 1 });
        foreach (var status in batch.Statuses.Where(each => !_statuses.Exists(there => there.EventId == each.EventId))) _statuses.Add(status);
        return batch;
    });

    public Task<DeliveryRecord?> FindDeliveryAsync(string deliveryId, CancellationToken cancellationToken) => Answer(() => _deliveries.Find(each => each.DeliveryId == deliveryId));

    public Task<IReadOnlyList<DeliveryRecord>> DeliveriesAsync(DeliveryQuery query, CancellationToken cancellationToken) => throw new NotSupportedException("The contract kit asks for pages.");

    public Task<ArchivedEvent?> FindEventAsync(string eventId, CancellationToken cancellationToken) => Answer(() => _events.Find(each => each.Id == eventId));

    public Task<IReadOnlyList<ArchivedEvent>> EventsAsync(DateTimeOffset since, DateTimeOffset until, long afterPosition, int max, CancellationToken cancellationToken) =>
        Answer<IReadOnlyList<ArchivedEvent>>(() => [.. _events.Where(each => each.AcceptedAt >= since && each.AcceptedAt < until && each.Position > afterPosition).Take(max)]);

    public Task<IReadOnlySet<string>> KnownDeliveriesAsync(IReadOnlyList<string> deliveryIds, CancellationToken cancellationToken) =>
        Answer<IReadOnlySet<string>>(() => _deliveries.Select(each => each.DeliveryId).Intersect(deliveryIds, StringComparer.Ordinal).ToHashSet(StringComparer.Ordinal));

    public Task<IReadOnlyList<StatusEntry>> StatusAsync(string entity, string? tenant, DateTimeOffset since, int max, CancellationToken cancellationToken) =>
        throw new NotSupportedException("The contract kit asks for status.");

    public Task<IReadOnlyList<StatusEntry>> RecentStatusAsync(string? tenant, DateTimeOffset since, int max, CancellationToken cancellationToken) =>
        throw new NotSupportedException("The contract kit asks for status.");

    public Task<int> PruneAsync(DateTimeOffset historyBefore, DateTimeOffset statusBefore, int max, CancellationToken cancellationToken) =>
        Answer(() => _events.RemoveAll(each => each.AcceptedAt < historyBefore));

    private void Merge(DeliveryRecord news)
    {
        if (!_places.TryGetValue(news.DeliveryId, out var at))
        {
            _places[news.DeliveryId] = _deliveries.Count;
            _deliveries.Add(news with { Position = _deliveries.Count + 1 });
            return;
        }

        var before = _deliveries[at];
        var newest = news.LastAt >= before.LastAt ? news : before;
        _deliveries[at] = newest with { Position = before.Position, FirstAt = before.FirstAt, Attempts = [.. before.Attempts, .. news.Attempts] };
    }

    private List<T> Copy<T>(List<T> list)
    {
        lock (Gate) return [.. list];
    }
}
