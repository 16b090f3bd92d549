using Posthorn.History;

namespace Posthorn.Sql.History;

/// <summary>A <see cref="DeliveryQuery"/> as SQL: only the conditions that matter, over parameters of the query's own names.</summary>
internal static class DeliveryFilter
{
    // Of an event without a dot in its name, the deliveries named {event} and {event}.{endpoint} hold no event_id; the slash is the
    // character after the dot.
    private const string OfEvent = """
        position IN (SELECT position FROM deliveries WHERE event_id = @EventId
                     UNION ALL SELECT position FROM deliveries WHERE event_id IS NULL AND delivery_id = @EventId
                     UNION ALL SELECT position FROM deliveries WHERE event_id IS NULL AND delivery_id > @EventId || '.' AND delivery_id < @EventId || '/')
        """;

    public static string Sql(DeliveryQuery query)
    {
        string?[] conditions =
        [
            query.EndpointId is null ? null : "endpoint_id = @EndpointId",
            query.EventId is null ? null : query.EventId.Contains('.', StringComparison.Ordinal) ? "event_id = @EventId" : OfEvent,
            query.Tenant is null ? null : "tenant = @Tenant",
            query.Type is null or "*" ? null : IsFamily(query.Type) ? StartsWith("type", "@Type") : "type = @Type",
            query.Status is null ? null : "status = @Status",
            query.State is null ? null : "state = @State",
            query.Profile is null ? null : "profile = @Profile",
            query.Destination is null ? null : StartsWith("destination", "@Destination"),
            query.Since is null ? null : "first_at >= @Since",
            query.Until is null ? null : "first_at < @Until",
            query.Before is null ? null : "position < @Before",
        ];
        var where = string.Join(" AND ", conditions.OfType<string>());
        return $"SELECT * FROM deliveries {(where.Length == 0 ? "" : "WHERE " + where)} ORDER BY position DESC LIMIT @Max";
    }

    public static object Parameters(DeliveryQuery query) => new
    {
        EndpointId = query.EndpointId is { } endpoint ? SqlText.Id(endpoint) : null,
        EventId = query.EventId is { } id ? SqlText.Id(id) : null,
        query.Tenant,
        Type = query.Type is { } type && IsFamily(type) ? type[..^1] : query.Type,
        query.Status,
        State = query.State is { } state ? SqlName<DeliveryState>.Of(state) : null,
        query.Profile,
        query.Destination,
        Since = SqlTime.Of(query.Since),
        Until = SqlTime.Of(query.Until),
        query.Before,
        Max = Math.Max(query.Max, 0),
    };

    private static bool IsFamily(string type) => type.EndsWith(".*", StringComparison.Ordinal);

    /// <summary>Not LIKE: it has signs of its own, and in SQLite no regard for upper and lower case.</summary>
    private static string StartsWith(string column, string beginning) => $"substr({column}, 1, length({beginning})) = {beginning}";
}
