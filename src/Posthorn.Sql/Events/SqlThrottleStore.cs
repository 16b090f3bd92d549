using System.Globalization;
using Posthorn.Events;

namespace Posthorn.Sql.Events;

/// <summary>Throttled streams. Each answer is one statement, and so atomic between processes too.</summary>
internal sealed class SqlThrottleStore(ISqlDatabase database) : IThrottleStore
{
    // No row comes back for an event that is older than the newest: the WHERE keeps it from changing anything.
    private const string Admit = """
        INSERT INTO throttles (key, newest_time, newest_sequence, window_ends, held) VALUES (@key, @time, @Sequence, @ends, 0)
        ON CONFLICT (key) DO UPDATE SET
            newest_time = excluded.newest_time,
            newest_sequence = excluded.newest_sequence,
            held = CASE WHEN throttles.window_ends <= @at THEN 0 ELSE throttles.held + 1 END,
            window_ends = CASE WHEN throttles.window_ends <= @at THEN excluded.window_ends ELSE throttles.window_ends END
        WHERE (excluded.newest_time, excluded.newest_sequence) >= (throttles.newest_time, throttles.newest_sequence)
        RETURNING window_ends, held
        """;

    public async Task<ThrottleAnswer> AdmitAsync(string key, EventRank rank, TimeSpan window, DateTimeOffset now, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(rank);
        var ask = new { key, time = SqlTime.Ticks(rank.Time), rank.Sequence, at = SqlTime.Of(now), ends = SqlTime.Of(now + window) };
        var answer = await database.WriteAsync(Durability.Full, sql => sql.FirstAsync<WindowRow>(Admit, ask), cancellationToken);
        return answer switch
        {
            null => new ThrottleAnswer.Superseded(),
            { Held: 0 } => new ThrottleAnswer.Send(),
            _ => new ThrottleAnswer.Hold(SqlTime.Read(answer.WindowEnds)),
        };
    }

    public async Task<bool> ClaimMilestonesAsync(
        string key, IReadOnlyList<double> passed, string eventId, DateTimeOffset forgetAt, CancellationToken cancellationToken)
    {
        // In one order for everyone, so that two who ask at once do not wait for each other.
        double[] milestones = [.. passed.Where(double.IsFinite).Distinct().Order()];
        if (milestones.Length == 0) return false;

        var values = new Dictionary<string, object> { ["key"] = key, ["eventId"] = eventId, ["at"] = SqlTime.Of(forgetAt) };
        for (var i = 0; i < milestones.Length; i++) values.Add(Name(i), milestones[i]);
        var claim = $"""
            INSERT INTO milestones (key, milestone, event_id, forget_at)
            VALUES {string.Join(", ", milestones.Select((_, i) => $"(@key, @{Name(i)}, @eventId, @at)"))}
            ON CONFLICT (key, milestone) DO UPDATE SET
                forget_at = CASE WHEN excluded.forget_at > milestones.forget_at THEN excluded.forget_at ELSE milestones.forget_at END
            RETURNING event_id
            """;
        var holders = await database.WriteAsync(Durability.Full, sql => sql.QueryAsync<string>(claim, values), cancellationToken);
        return holders.Contains(SqlText.Clean(eventId));
    }

    public Task<int> PruneAsync(DateTimeOffset before, int max, CancellationToken cancellationToken)
    {
        // The condition stands twice: in PostgreSQL a row may have changed between its choice and its deletion.
        const string Streams = """
            DELETE FROM throttles WHERE window_ends < @limit
            AND key IN (SELECT key FROM throttles WHERE window_ends < @limit ORDER BY window_ends LIMIT @max)
            """;
        const string Claims = """
            DELETE FROM milestones WHERE forget_at < @limit
            AND (key, milestone) IN (SELECT key, milestone FROM milestones WHERE forget_at < @limit ORDER BY forget_at LIMIT @max)
            """;
        ArgumentOutOfRangeException.ThrowIfNegative(max);
        var limit = SqlTime.Of(before);
        return database.WriteAsync(
            Durability.Full,
            async sql =>
            {
                var gone = await sql.ExecuteAsync(Streams, new { limit, max });
                return gone == max ? gone : gone + await sql.ExecuteAsync(Claims, new { limit, max = max - gone });
            },
            cancellationToken);
    }

    private static string Name(int milestone) => string.Create(CultureInfo.InvariantCulture, $"m{milestone}");

    private sealed record WindowRow
    {
        public required long WindowEnds { get; init; }

        public required long Held { get; init; }
    }
}
