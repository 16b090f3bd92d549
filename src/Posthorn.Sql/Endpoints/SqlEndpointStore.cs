using Posthorn.Endpoints;

namespace Posthorn.Sql.Endpoints;

/// <summary>
/// Endpoints and event types. A change takes the next revision, and with it the counter's row until its commit, so that revisions are
/// in the order of the commits.
/// </summary>
internal sealed class SqlEndpointStore(ISqlDatabase database) : IEndpointStore
{
    private const string Insert = """
        INSERT INTO endpoints (id, revision, display_url, sealed, events, description, profile, tenant, rate_limit, status, disabled_reason,
            disabled_at, failing_since, has_suffered, created_at, updated_at)
        VALUES (@Id, @Next, @DisplayUrl, @Sealed, @Events, @Description, @Profile, @Tenant, @RateLimit, @Status, @DisabledReason,
            @DisabledAt, @FailingSince, @HasSuffered, @CreatedAt, @UpdatedAt)
        ON CONFLICT (id) DO NOTHING
        RETURNING *
        """;

    private const string Update = """
        UPDATE endpoints SET revision = @Next, display_url = @DisplayUrl, sealed = @Sealed, events = @Events, description = @Description,
            profile = @Profile, tenant = @Tenant, rate_limit = @RateLimit, status = @Status, disabled_reason = @DisabledReason,
            disabled_at = @DisabledAt, failing_since = @FailingSince, has_suffered = @HasSuffered, created_at = @CreatedAt, updated_at = @UpdatedAt
        WHERE id = @Id AND revision = @Revision AND status <> 'deleted'
        RETURNING *
        """;

    public async Task<Endpoint> AddAsync(Endpoint endpoint, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        var stored = await WriteAsync(endpoint, Insert, cancellationToken);
        return stored ?? throw new InvalidOperationException($"There is an endpoint {endpoint.Id} already.");
    }

    public Task<Endpoint?> UpdateAsync(Endpoint endpoint, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        return WriteAsync(endpoint.Status == EndpointStatus.Deleted ? endpoint with { Sealed = "", Description = null } : endpoint, Update, cancellationToken);
    }

    public async Task<Endpoint?> FindAsync(string id, CancellationToken cancellationToken)
    {
        const string Find = "SELECT * FROM endpoints WHERE id = @id AND status <> 'deleted'";
        var row = await database.ReadAsync(sql => sql.FirstAsync<EndpointRow>(Find, new { id }), cancellationToken);
        return row?.ToEndpoint();
    }

    public Task<IReadOnlyList<Endpoint>> ListAsync(string? tenant, string? afterId, int max, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(max);
        var after = afterId ?? "";
        var whose = tenant is null ? "" : "AND tenant = @tenant";
        var page = $"SELECT * FROM endpoints WHERE id > @after AND status <> 'deleted' {whose} ORDER BY id LIMIT @max";
        return ReadAsync(page, new { after, tenant, max }, cancellationToken);
    }

    public Task<IReadOnlyList<Endpoint>> ChangesAsync(long afterRevision, int max, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(max);
        return ReadAsync("SELECT * FROM endpoints WHERE revision > @afterRevision ORDER BY revision LIMIT @max", new { afterRevision, max }, cancellationToken);
    }

    public async Task<IReadOnlyList<EventType>> EventTypesAsync(CancellationToken cancellationToken)
    {
        var rows = await database.ReadAsync(sql => sql.QueryAsync<EventTypeRow>("SELECT * FROM event_types ORDER BY name"), cancellationToken);
        return [.. rows.Select(row => row.ToEventType())];
    }

    public Task PutEventTypeAsync(EventType eventType, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(eventType);
        const string Put = """
            INSERT INTO event_types (name, description, schema, updated_at) VALUES (@Name, @Description, @Schema, @UpdatedAt)
            ON CONFLICT (name) DO UPDATE SET description = excluded.description, schema = excluded.schema, updated_at = excluded.updated_at
            """;
        return database.WriteAsync(Durability.Full, sql => sql.ExecuteAsync(Put, EventTypeRow.Of(eventType)), cancellationToken);
    }

    public Task<bool> RemoveEventTypeAsync(string name, CancellationToken cancellationToken) =>
        database.WriteAsync(Durability.Full, async sql => await sql.ExecuteAsync("DELETE FROM event_types WHERE name = @name", new { name }) > 0, cancellationToken);

    /// <returns>What is stored now; null when the statement found nothing to change.</returns>
    private async Task<Endpoint?> WriteAsync(Endpoint endpoint, string statement, CancellationToken cancellationToken)
    {
        var row = EndpointRow.Of(endpoint);
        var stored = await database.WriteAsync(
            Durability.Full,
            async sql =>
            {
                var next = await sql.NumberAsync("UPDATE counters SET value = value + 1 WHERE name = 'endpoints' RETURNING value");
                return await sql.FirstAsync<EndpointRow>(statement, row with { Next = next });
            },
            cancellationToken);
        return stored?.ToEndpoint();
    }

    private async Task<IReadOnlyList<Endpoint>> ReadAsync(string query, object parameters, CancellationToken cancellationToken)
    {
        var rows = await database.ReadAsync(sql => sql.QueryAsync<EndpointRow>(query, parameters), cancellationToken);
        return [.. rows.Select(row => row.ToEndpoint())];
    }
}
