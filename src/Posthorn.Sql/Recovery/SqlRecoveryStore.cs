using Posthorn.Recovery;

namespace Posthorn.Sql.Recovery;

/// <summary>Recoveries, each with the owner that works on it until a time.</summary>
internal sealed class SqlRecoveryStore(ISqlDatabase database) : IRecoveryStore
{
    private const string IsFree = "state = 'running' AND (owner IS NULL OR owner = @owner OR owned_until <= @at)";

    public Task AddAsync(RecoveryRun run, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(run);
        const string Insert = """
            INSERT INTO recoveries (id, endpoint_id, since, until, rate, state, detail,
                dead_letter_cursor, event_cursor, examined, replayed, sent, created_at, updated_at)
            VALUES (@Id, @EndpointId, @Since, @Until, @Rate, @State, @Detail,
                @DeadLetterCursor, @EventCursor, @Examined, @Replayed, @Sent, @CreatedAt, @UpdatedAt)
            """;
        return database.WriteAsync(Durability.Full, sql => sql.ExecuteAsync(Insert, RecoveryRow.Of(run)), cancellationToken);
    }

    public async Task<RecoveryRun?> FindAsync(string id, CancellationToken cancellationToken)
    {
        var row = await database.ReadAsync(sql => sql.FirstAsync<RecoveryRow>("SELECT * FROM recoveries WHERE id = @id", new { id }), cancellationToken);
        return row?.ToRun();
    }

    public async Task<IReadOnlyList<RecoveryRun>> ListAsync(string endpointId, int max, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(max);
        const string Newest = "SELECT * FROM recoveries WHERE endpoint_id = @endpointId ORDER BY created_at DESC, id DESC LIMIT @max";
        var rows = await database.ReadAsync(sql => sql.QueryAsync<RecoveryRow>(Newest, new { endpointId, max }), cancellationToken);
        return [.. rows.Select(row => row.ToRun())];
    }

    public async Task<RecoveryRun?> ClaimAsync(string owner, DateTimeOffset now, DateTimeOffset until, CancellationToken cancellationToken)
    {
        const string Oldest = $"SELECT id FROM recoveries WHERE {IsFree} ORDER BY created_at, id LIMIT 1";
        const string Take = $"UPDATE recoveries SET owner = @owner, owned_until = @ownedUntil WHERE id = @id AND {IsFree} RETURNING *";
        var (at, ownedUntil) = (SqlTime.Of(now), SqlTime.Of(until));
        var row = await database.WriteAsync(Durability.Full, TakeOldestAsync, cancellationToken);
        return row?.ToRun();

        // Another process may take the oldest between the two statements: then the next one is tried.
        async Task<RecoveryRow?> TakeOldestAsync(SqlSession sql)
        {
            while (await sql.FirstAsync<string>(Oldest, new { owner, at }) is { } id)
                if (await sql.FirstAsync<RecoveryRow>(Take, new { id, owner, at, ownedUntil }) is { } mine) return mine;

            return null;
        }
    }

    public Task<bool> SaveAsync(RecoveryRun run, string owner, DateTimeOffset until, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(run);
        const string Save = """
            UPDATE recoveries SET rate = @Rate, state = @State, detail = @Detail, dead_letter_cursor = @DeadLetterCursor, event_cursor = @EventCursor,
                examined = @Examined, replayed = @Replayed, sent = @Sent, updated_at = @UpdatedAt, owner = @Owner, owned_until = @OwnedUntil
            WHERE id = @Id AND (owner IS NULL OR owner = @Owner)
            """;
        var row = RecoveryRow.Of(run) with { Owner = owner, OwnedUntil = SqlTime.Of(until) };
        return database.WriteAsync(Durability.Full, async sql => await sql.ExecuteAsync(Save, row) > 0, cancellationToken);
    }
}
