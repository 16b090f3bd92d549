using Posthorn.History;

namespace Posthorn.Sql.History;

/// <summary>The delivery log.</summary>
internal sealed class SqlDeliveryLog(ISqlDatabase database) : IDeliveryLog
{
    private const int KnownAtOnce = 200;

    // The inner ORDER BY is of a sum, so that the index on the time is used, and not the whole table in its own order.
    private const string EventsPage = """
        SELECT * FROM events WHERE position IN
            (SELECT position FROM events WHERE accepted_at >= @from AND accepted_at < @to AND position > @afterPosition
             ORDER BY position + 0 LIMIT @max)
        ORDER BY position
        """;

    // A delivery's last time is never before its first, which has the index. In PostgreSQL a row may change between its choice and
    // its deletion: the condition stands twice.
    private const string PruneDeliveries = """
        DELETE FROM deliveries WHERE last_at < @before AND position IN
            (SELECT position FROM deliveries WHERE first_at < @before AND last_at < @before ORDER BY first_at LIMIT @max)
        """;

    private const string PruneEvents = """
        DELETE FROM events WHERE position IN
            (SELECT position FROM events WHERE accepted_at < @before ORDER BY accepted_at LIMIT @max)
        """;

    private const string PruneStatuses = """
        DELETE FROM statuses WHERE event_id IN
            (SELECT event_id FROM statuses WHERE accepted_at < @before ORDER BY accepted_at LIMIT @max)
        """;

    public Task WriteAsync(HistoryBatch batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var deliveries = DeliveryRow.Merge(batch.Deliveries);
        List<object?[]> statuses = [.. batch.Statuses.OrderBy(entry => entry.EventId, StringComparer.Ordinal).Select(StatusRow.Values)];
        return database.WriteAsync(
            Durability.Relaxed,
            async sql =>
            {
                await WriteDeliveriesAsync(sql, deliveries);
                await InsertAsync(sql, StatusRow.Insert, statuses);
                return await WriteEventsAsync(sql, batch.Events);
            },
            cancellationToken);
    }

    public async Task<DeliveryRecord?> FindDeliveryAsync(string deliveryId, CancellationToken cancellationToken)
    {
        var id = SqlText.Id(deliveryId);
        var row = await database.ReadAsync(sql => sql.FirstAsync<DeliveryRow>("SELECT * FROM deliveries WHERE delivery_id = @id", new { id }), cancellationToken);
        return row?.ToRecord();
    }

    public async Task<IReadOnlyList<DeliveryRecord>> DeliveriesAsync(DeliveryQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        var (select, parameters) = (DeliveryFilter.Sql(query), DeliveryFilter.Parameters(query));
        var rows = await database.ReadAsync(sql => sql.QueryAsync<DeliveryRow>(select, parameters), cancellationToken);
        return [.. rows.Select(row => row.ToRecord())];
    }

    public async Task<ArchivedEvent?> FindEventAsync(string eventId, CancellationToken cancellationToken)
    {
        var id = SqlText.Id(eventId);
        var row = await database.ReadAsync(sql => sql.FirstAsync<EventRow>("SELECT * FROM events WHERE id = @id", new { id }), cancellationToken);
        return row?.ToEvent();
    }

    public async Task<IReadOnlyList<ArchivedEvent>> EventsAsync(
        DateTimeOffset since, DateTimeOffset until, long afterPosition, int max, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(max);
        var page = new { from = SqlTime.Of(since), to = SqlTime.Of(until), afterPosition, max };
        var rows = await database.ReadAsync(sql => sql.QueryAsync<EventRow>(EventsPage, page), cancellationToken);
        return [.. rows.Select(row => row.ToEvent())];
    }

    public Task<IReadOnlySet<string>> KnownDeliveriesAsync(IReadOnlyList<string> deliveryIds, CancellationToken cancellationToken)
    {
        return database.ReadAsync<IReadOnlySet<string>>(
            async sql =>
            {
                var known = new HashSet<string>(StringComparer.Ordinal);
                foreach (var ids in deliveryIds.Chunk(KnownAtOnce)) known.UnionWith(await KnownAsync(sql, ids));
                return known;
            },
            cancellationToken);
    }

    public async Task<IReadOnlyList<StatusEntry>> StatusAsync(
        string entity, string? tenant, DateTimeOffset since, int max, CancellationToken cancellationToken)
    {
        // The sum keeps SQLite from the index on the time: an entity has few entries.
        const string OfEntity = "substr(entity, 1, 128) = substr(@entity, 1, 128) AND entity = @entity AND accepted_at + 0 >= @from";
        var newest = await StatusesAsync(OfEntity, "time DESC, accepted_at DESC", entity, tenant, since, max, cancellationToken);
        return [.. newest.Reverse()];
    }

    public Task<IReadOnlyList<StatusEntry>> RecentStatusAsync(string? tenant, DateTimeOffset since, int max, CancellationToken cancellationToken) =>
        StatusesAsync("accepted_at >= @from", "accepted_at DESC, time DESC", null, tenant, since, max, cancellationToken);

    public Task<int> PruneAsync(DateTimeOffset historyBefore, DateTimeOffset statusBefore, int max, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(max);
        var (history, status) = (SqlTime.Of(historyBefore), SqlTime.Of(statusBefore));
        return database.WriteAsync(
            Durability.Relaxed,
            async sql =>
            {
                var gone = await sql.ExecuteAsync(PruneDeliveries, new { before = history, max });
                if (gone < max) gone += await sql.ExecuteAsync(PruneEvents, new { before = history, max = max - gone });
                if (gone < max) gone += await sql.ExecuteAsync(PruneStatuses, new { before = status, max = max - gone });
                return gone;
            },
            cancellationToken);
    }

    /// <summary>
    /// Numbered as they came, but written in the order of their ids: processes that write of the same ones do not wait for each
    /// other in a circle.
    /// </summary>
    private async Task WriteDeliveriesAsync(SqlSession sql, IReadOnlyList<DeliveryRow> deliveries)
    {
        if (deliveries.Count == 0) return;
        var positions = await database.PositionsAsync(sql, deliveries.Count);
        var numbered = deliveries.Select((row, i) => (row.DeliveryId, Values: row.Values(positions[i])));
        List<object?[]> rows = [.. numbered.OrderBy(row => row.DeliveryId, StringComparer.Ordinal).Select(row => row.Values)];
        await InsertAsync(sql, DeliveryRow.Insert, rows);
    }

    private async Task InsertAsync(SqlSession sql, RowInsert insert, IReadOnlyList<object?[]> rows)
    {
        foreach (var values in rows)
            for (var i = 0; i < values.Length; i++)
                if (values[i] is string text) values[i] = SqlText.Clean(text);
        await database.InsertAsync(sql, insert, rows);
    }

    /// <summary>Last in its transaction, as the counter's row is held from here to the commit: who pages by position misses no event.</summary>
    private async Task<int> WriteEventsAsync(SqlSession sql, IReadOnlyList<ArchivedEvent> events)
    {
        if (events.Count == 0) return 0;
        var last = await sql.NumberAsync("UPDATE counters SET value = value + @count WHERE name = 'events' RETURNING value", new { count = events.Count });
        List<object?[]> rows = [.. events.Select((archived, i) => EventRow.Values(archived, last - events.Count + 1 + i))];
        await InsertAsync(sql, EventRow.Insert, rows);
        return rows.Count;
    }

    private static async Task<IEnumerable<string>> KnownAsync(SqlSession sql, string[] ids)
    {
        var asked = ids.ToLookup(SqlText.Id);
        var values = asked.Select((id, i) => KeyValuePair.Create($"id{i}", (object)id.Key)).ToDictionary();
        var names = string.Join(", ", values.Keys.Select(name => "@" + name));
        var found = await sql.QueryAsync<string>($"SELECT delivery_id FROM deliveries WHERE delivery_id IN ({names})", values);
        return found.SelectMany(id => asked[id]);
    }

    private async Task<IReadOnlyList<StatusEntry>> StatusesAsync(
        string which, string order, string? entity, string? tenant, DateTimeOffset since, int max, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(max);
        var whose = tenant is null ? "" : "AND tenant = @tenant";
        var query = $"SELECT * FROM statuses WHERE {which} {whose} ORDER BY {order}, position DESC LIMIT @max";
        var rows = await database.ReadAsync(sql => sql.QueryAsync<StatusRow>(query, new { entity, tenant, from = SqlTime.Of(since), max }), cancellationToken);
        return [.. rows.Select(row => row.ToEntry())];
    }
}
