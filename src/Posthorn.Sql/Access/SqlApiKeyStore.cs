using Posthorn.Access;

namespace Posthorn.Sql.Access;

/// <summary>API keys. That a name is unique among the good ones is an index's to say.</summary>
internal sealed class SqlApiKeyStore(ISqlDatabase database) : IApiKeyStore
{
    public Task<bool> AddAsync(ApiKey key, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        const string Insert = """
            INSERT INTO api_keys (id, name, hash, roles, tenant, created_at, revoked_at)
            VALUES (@Id, @Name, @Hash, @Roles, @Tenant, @CreatedAt, @RevokedAt)
            ON CONFLICT DO NOTHING
            """;
        return database.WriteAsync(Durability.Full, async sql => await sql.ExecuteAsync(Insert, Row.Of(key)) > 0, cancellationToken);
    }

    public async Task<IReadOnlyList<ApiKey>> ListAsync(CancellationToken cancellationToken)
    {
        var rows = await database.ReadAsync(sql => sql.QueryAsync<Row>("SELECT * FROM api_keys ORDER BY name, created_at, id"), cancellationToken);
        return [.. rows.Select(row => row.ToKey())];
    }

    public async Task<ApiKey?> RevokeAsync(string idOrName, DateTimeOffset now, CancellationToken cancellationToken)
    {
        // A name may look like another key's id: the id goes first.
        const string Revoke = """
            UPDATE api_keys SET revoked_at = @at
            WHERE revoked_at IS NULL AND id =
                (SELECT id FROM api_keys WHERE revoked_at IS NULL AND (id = @idOrName OR name = @idOrName)
                 ORDER BY CASE WHEN id = @idOrName THEN 0 ELSE 1 END LIMIT 1)
            RETURNING *
            """;
        var at = SqlTime.Of(now);
        var row = await database.WriteAsync(Durability.Full, sql => sql.FirstAsync<Row>(Revoke, new { idOrName, at }), cancellationToken);
        return row?.ToKey();
    }

    private sealed record Row
    {
        public required string Id { get; init; }

        public required string Name { get; init; }

        public required string Hash { get; init; }

        public required string Roles { get; init; }

        public string? Tenant { get; init; }

        public required long CreatedAt { get; init; }

        public long? RevokedAt { get; init; }

        public static Row Of(ApiKey key) => new()
        {
            Id = key.Id,
            Name = key.Name,
            Hash = key.Hash,
            Roles = RolesText.Of(key.Roles),
            Tenant = key.Tenant,
            CreatedAt = SqlTime.Of(key.CreatedAt),
            RevokedAt = SqlTime.Of(key.RevokedAt),
        };

        public ApiKey ToKey() => new()
        {
            Id = Id,
            Name = Name,
            Hash = Hash,
            Roles = RolesText.Read(Roles),
            Tenant = Tenant,
            CreatedAt = SqlTime.Read(CreatedAt),
            RevokedAt = SqlTime.Read(RevokedAt),
        };
    }
}

/// <summary>Roles as names with commas between.</summary>
internal static class RolesText
{
    public static string Of(Roles roles) =>
        string.Join(',', Enum.GetValues<Roles>().Where(role => int.PopCount((int)role) == 1 && roles.HasFlag(role)).Select(SqlName<Roles>.Of));

    public static Roles Read(string text) =>
        text.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(SqlName<Roles>.Read).Aggregate(Roles.None, (all, role) => all | role);
}
