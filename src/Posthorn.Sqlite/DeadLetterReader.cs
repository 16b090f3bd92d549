using Microsoft.Data.Sqlite;
using Posthorn.DeadLetters;
using Posthorn.Queues;

namespace Posthorn.Sqlite;

/// <summary>Reads of the dead letters, which need no lock. One connection, one reader at a time.</summary>
internal sealed class DeadLetterReader(SqliteConnection connection) : IDisposable
{
    private const string Summary = """
        SELECT sequence, content_id, message_id, replay_run, overrides, enqueued_at, dead_lettered_at, reason, status, error, attempts_made, replays,
               is_event, envelope_id, type, profile, tenant, subject, destination, endpoint, deadline
        FROM dead_letters
        """;

    private readonly Contents _contents = new(connection);
    private readonly Statement _page = new(connection, """
        SELECT sequence, content_id, message_id, replay_run, overrides, enqueued_at, dead_lettered_at, reason, delivery_count,
               attempts_made, postponements, replays, attempts, description
        FROM dead_letters LEFT JOIN dead_letter_histories USING (sequence)
        WHERE sequence >= $0 ORDER BY sequence LIMIT $1
        """);
    private readonly Statement _ascending = new(connection, $"{Summary} WHERE sequence >= $0 ORDER BY sequence LIMIT $1");
    private readonly Statement _descending = new(connection, $"{Summary} WHERE sequence <= $0 ORDER BY sequence DESC LIMIT $1");
    private readonly Statement _count = new(connection, "SELECT count(*) FROM dead_letters");
    private readonly Statement _remains = new(connection, """
        SELECT (SELECT count(*) FROM messages WHERE replay_run = $0 AND attempts_made = 0),
               (SELECT count(*) FROM messages WHERE replay_run = $0 AND attempts_made <> 0),
               (SELECT count(*) FROM dead_letters WHERE replay_run = $0) + coalesce((SELECT taken FROM run_failures WHERE run = $0), 0)
        """);
    private readonly StringPool _strings = new();
    private readonly Lock _gate = new();

    public long Count()
    {
        lock (_gate) return _count.Number() ?? 0;
    }

    public IReadOnlyList<DeadLetter> Page(long fromSequence, int max)
    {
        lock (_gate) return _page.Query(Letter, fromSequence, max);
    }

    public IReadOnlyList<DeadLetterSummary> Summaries(long fromSequence, int max, BrowseOrder order)
    {
        lock (_gate) return (order == BrowseOrder.Ascending ? _ascending : _descending).Query(ReadSummary, fromSequence, max);
    }

    public RunRemains Follow(string run)
    {
        lock (_gate) return _remains.Query(row => new RunRemains(row.GetInt64(0), row.GetInt64(1), row.GetInt64(2)), run)[0];
    }

    public void Dispose()
    {
        lock (_gate)
        {
            foreach (var statement in new[] { _page, _ascending, _descending, _count, _remains }) statement.Dispose();
            _contents.Dispose();
            connection.Dispose();
        }
    }

    private DeadLetter Letter(Row row) => new()
    {
        Sequence = row.GetInt64(0),
        Message = _contents.ReadOrNothing(row.GetInt64(1), SafeRow.Text(row, 2) ?? "", Overrides.Read(row, 3)),
        EnqueuedAt = SafeRow.Time(row, 5),
        DeadLetteredAt = SafeRow.Time(row, 6),
        Reason = new DeadLetterReason(SafeRow.Text(row, 7) ?? ""),
        DeliveryCount = SafeRow.Count(row, 8),
        Progress = SafeRow.Progress(row, 9),
        Description = SafeRow.Text(row, 13) ?? "",
    };

    private DeadLetterSummary ReadSummary(Row row)
    {
        var messageId = SafeRow.Text(row, 2) ?? "";
        return new DeadLetterSummary
        {
            Sequence = row.GetInt64(0),
            MessageId = messageId,
            Facts = row.IsDBNull(12) ? FactsOfContent(row, messageId) : Facts(row, messageId),
            Run = Text(row, 3),
            EnqueuedAt = SafeRow.Time(row, 5),
            DeadLetteredAt = SafeRow.Time(row, 6),
            Reason = new DeadLetterReason(Text(row, 7) ?? ""),
            Last = new LastAttempt(row.IsDBNull(8) ? null : SafeRow.Count(row, 8), Text(row, 9)),
            AttemptsMade = SafeRow.Count(row, 10),
            Replays = SafeRow.Count(row, 11),
        };
    }

    /// <summary>The facts that were noted at the time of death.</summary>
    private DeadLetterFacts Facts(Row row, string messageId) => new()
    {
        IsEvent = SafeRow.Count(row, 12) == 1,
        Id = SafeRow.Text(row, 13) ?? messageId,
        Type = Text(row, 14),
        Profile = Text(row, 15),
        Tenant = Text(row, 16),
        Subject = SafeRow.Text(row, 17),
        Destination = Text(row, 18),
        EndpointId = Text(row, 19),
        ExpiresAt = row.IsDBNull(20) ? null : SafeRow.Time(row, 20),
    };

    /// <summary>The facts of one that died before they were noted.</summary>
    private DeadLetterFacts FactsOfContent(Row row, string messageId) =>
        DeadLetterFacts.Of(_contents.ReadOrNothing(row.GetInt64(1), messageId, Overrides.Read(row, 3)));

    private string? Text(Row row, int column) => _strings.Get(row, column);
}
