using Posthorn.DeadLetters;

namespace Posthorn.Sql.DeadLetters;

/// <summary>Runs over dead letters, each with the owner that alone saves it.</summary>
internal sealed class SqlDeadLetterRunStore(ISqlDatabase database) : IDeadLetterRunStore
{
    public Task AddAsync(DeadLetterRun run, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(run);
        const string Insert = """
            INSERT INTO dead_letter_runs (id, kind, state, detail, operator, filter, options,
                matched, done, skipped, failed, last_sequence, cursor, intent, started_at, updated_at, owner)
            VALUES (@Id, @Kind, @State, @Detail, @Operator, @Filter, @Options,
                @Matched, @Done, @Skipped, @Failed, @LastSequence, @Cursor, @Intent, @StartedAt, @UpdatedAt, @Owner)
            """;
        return database.WriteAsync(Durability.Full, sql => sql.ExecuteAsync(Insert, DeadLetterRunRow.Of(run)), cancellationToken);
    }

    public async Task<DeadLetterRun?> FindAsync(string id, CancellationToken cancellationToken)
    {
        var row = await database.ReadAsync(sql => sql.FirstAsync<DeadLetterRunRow>("SELECT * FROM dead_letter_runs WHERE id = @id", new { id }), cancellationToken);
        return row?.ToRun();
    }

    public async Task<IReadOnlyList<DeadLetterRun>> NewestAsync(int max, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(max);
        const string Newest = "SELECT * FROM dead_letter_runs ORDER BY started_at DESC, id DESC LIMIT @max";
        var rows = await database.ReadAsync(sql => sql.QueryAsync<DeadLetterRunRow>(Newest, new { max }), cancellationToken);
        return [.. rows.Select(row => row.ToRun())];
    }

    public Task<bool> SaveAsync(DeadLetterRun run, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(run);
        const string Save = """
            UPDATE dead_letter_runs SET kind = @Kind, state = @State, detail = @Detail, operator = @Operator, filter = @Filter, options = @Options,
                matched = @Matched, done = @Done, skipped = @Skipped, failed = @Failed, last_sequence = @LastSequence, cursor = @Cursor,
                intent = @Intent, started_at = @StartedAt, updated_at = @UpdatedAt
            WHERE id = @Id AND owner = @Owner
            """;
        return database.WriteAsync(Durability.Full, async sql => await sql.ExecuteAsync(Save, DeadLetterRunRow.Of(run)) > 0, cancellationToken);
    }

    public async Task<DeadLetterRun?> TakeOverAsync(string id, string seenOwner, string newOwner, CancellationToken cancellationToken)
    {
        const string Take = "UPDATE dead_letter_runs SET owner = @newOwner WHERE id = @id AND owner = @seenOwner RETURNING *";
        var row = await database.WriteAsync(Durability.Full, sql => sql.FirstAsync<DeadLetterRunRow>(Take, new { id, seenOwner, newOwner }), cancellationToken);
        return row?.ToRun();
    }
}
