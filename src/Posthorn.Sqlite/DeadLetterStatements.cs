using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Data.Sqlite;
using Posthorn.DeadLetters;
using Posthorn.Diagnostics;
using Posthorn.Queues;

namespace Posthorn.Sqlite;

/// <summary>What the writer can do with dead letters, each inside the writer's transaction. Times are Unix milliseconds.</summary>
internal sealed class DeadLetterStatements : IDisposable
{
    private const string Burial = """
        INSERT INTO dead_letters (content_id, message_id, enqueued_at, dead_lettered_at, reason, status, error, delivery_count, attempts_made, postponements, replays,
            replay_run, overrides, is_event, envelope_id, type, profile, tenant, subject, destination, endpoint, deadline)
        """;

    private readonly SqliteConnection _connection;
    private readonly List<Statement> _all = [];
    private readonly Contents _contents;
    private readonly OrderStatements? _holding;
    private readonly Statement _bury, _burial, _deleteMessage, _expired;
    private readonly Statement _replay, _replayedId, _delete, _deleteHistory, _contentOf, _edit, _taken;
    private readonly Statement _import, _isDead, _onQueue;

    /// <param name="connection">The writer's own.</param>
    /// <param name="contents">The contents.</param>
    /// <param name="holding">What holds the ordering key of a dead letter; null lets its key go on.</param>
    public DeadLetterStatements(SqliteConnection connection, Contents contents, OrderStatements? holding)
    {
        (_connection, _contents, _holding) = (connection, contents, holding);
        _bury = Prepare($"""
            {Burial}
            SELECT content_id, message_id, enqueued_at, $0, $1, $2, $3, delivery_count - $4, $5, postponements, replays, replay_run, overrides, $6, $7, $8, $9, $10, $11, $12, $13, $14
            FROM messages WHERE sequence = $15 AND ($16 IS NULL OR (lock_token = $16 AND visible_at > $0)) RETURNING sequence
            """);
        _burial = Prepare("INSERT INTO dead_letter_histories (sequence, description, attempts) VALUES ($0, $1, $2)");
        _deleteMessage = Prepare("DELETE FROM messages WHERE sequence = $0");
        _expired = Prepare($"SELECT sequence, {LeasedRow.Columns} FROM messages WHERE expires_at <= $0 AND (lock_token IS NULL OR visible_at <= $0) LIMIT 256");

        _replay = Prepare("""
            INSERT INTO messages (sequence, content_id, message_id, enqueued_at, due_at, visible_at, replays, attempts, replay_run, overrides, ordering_key)
            SELECT place, dead.content_id, message_id, enqueued_at, $1, $1, $2, attempts, $3,
                   nullif(json_patch(CASE WHEN json_valid(overrides) THEN overrides ELSE '{}' END, $4), '{}'), contents.ordering_key
            FROM dead_letters dead LEFT JOIN dead_letter_histories USING (sequence) LEFT JOIN contents ON contents.content_id = dead.content_id
                 LEFT JOIN holds ON dead_sequence = dead.sequence AND holds.ordering_key = contents.ordering_key
            WHERE dead.sequence = $0
            """);
        _replayedId = Prepare("SELECT message_id, replays, replay_run FROM dead_letters WHERE sequence = $0");
        _delete = Prepare("DELETE FROM dead_letters WHERE sequence = $0");
        _deleteHistory = Prepare("DELETE FROM dead_letter_histories WHERE sequence = $0");
        _contentOf = Prepare("SELECT content_id, replay_run FROM dead_letters WHERE sequence = $0");
        _taken = Prepare("INSERT INTO run_failures (run, taken) VALUES ($0, max(0, $1)) ON CONFLICT (run) DO UPDATE SET taken = max(0, taken + $1)");
        _edit = Prepare("UPDATE contents SET body = $1, content_type = $2, properties = $3, ordering_key = $4 WHERE content_id = (SELECT content_id FROM dead_letters WHERE sequence = $0)");

        _import = Prepare($"{Burial} VALUES ($0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21) RETURNING sequence");
        _isDead = Prepare("SELECT 1 FROM dead_letters WHERE message_id = $0 AND enqueued_at = $1");
        _onQueue = Prepare("SELECT message_id, enqueued_at FROM messages WHERE message_id IN (SELECT value FROM json_each($0))");
    }

    /// <summary>Makes a dead letter of a message on the queue.</summary>
    /// <param name="row">The message.</param>
    /// <param name="token">The lock it is held by; null of one that nobody holds.</param>
    /// <param name="death">Why and when.</param>
    /// <param name="facts">What its envelope says; null to have it read.</param>
    /// <returns>Whether the lock still held.</returns>
    public bool Bury(LeasedRow row, long? token, Death death, DeadLetterFacts? facts)
    {
        facts ??= DeadLetterFacts.Of(_contents.ReadOrNothing(row.ContentId, row.MessageId, row.Overrides));
        var last = LastAttempt.Of(death.Progress);
        var buried = _bury.Number(
            death.At, death.Reason.Name, last.Status, last.Error, death.Uncounted, death.Progress.AttemptsMade,
            facts.IsEvent ? 1 : 0, facts.Id == row.MessageId ? null : facts.Id, facts.Type, facts.Profile, facts.Tenant, facts.Subject, facts.Destination, facts.EndpointId,
            facts.ExpiresAt?.ToUnixTimeMilliseconds(), row.Sequence, token);
        if (buried is not { } sequence) return false;
        _burial.Execute(sequence, death.Description, death.Progress.Attempts.Count == 0 ? null : death.Progress.AttemptsToJson());
        _holding?.Hold(sequence, row.Sequence);
        FailPoint.Hit(QueuePoints.Burying);
        _deleteMessage.Execute(row.Sequence);
        return true;
    }

    /// <summary>Buries what has expired and is not leased, some at a time.</summary>
    public void BuryExpired(long now)
    {
        foreach (var row in _expired.Query(LeasedRow.Read, now))
            Bury(row, token: null, new Death(now, DeadLetterReason.TtlExpired, "the message's time to live on the queue passed", row.Progress), facts: null);
    }

    /// <summary>Puts a dead letter back: to the place that it holds in its key, or to the end.</summary>
    /// <returns>The message id that duplicate detection is to remember; null when there is no such dead letter.</returns>
    public string? Replay(long sequence, ReplayChanges changes, string patch, long due)
    {
        if (_replayedId.Query(row => (Id: row.GetString(0), Replays: SafeRow.Count(row, 1), Run: SafeRow.Text(row, 2)), sequence) is not [var dead]) return null;
        if (changes.Instead is { } edited)
        {
            var properties = SqlValue.Utf8(PropertiesJson.Write(Overrides.Divide(edited.Properties).Content));
            _edit.Execute(sequence, edited.Body, edited.ContentType, properties, edited.OrderingKey);
        }

        _replay.Execute(sequence, due, dead.Replays + 1, changes.Run, patch);
        FailPoint.Hit(QueuePoints.Replaying);
        Delete(sequence, dead.Run);
        return MessageIds.Replay(dead.Id, dead.Replays + 1);
    }

    /// <summary>Deletes a dead letter for good; false when there is none.</summary>
    public bool Purge(long sequence)
    {
        if (_contentOf.Query(row => (Content: row.GetInt64(0), Run: SafeRow.Text(row, 1)), sequence) is not [var dead]) return false;
        _contents.Delete(dead.Content);
        return Delete(sequence, dead.Run);
    }

    /// <summary>Adds those whose message is neither on the queue nor dead.</summary>
    public IReadOnlyList<bool> Import(IReadOnlyList<DeadLetter> letters)
    {
        var ids = JsonSerializer.Serialize(letters.Select(letter => letter.Message.MessageId).Distinct(), ImportContext.Default.IEnumerableString);
        var waiting = _onQueue.Query(row => (row.GetString(0), SafeRow.Whole(row.GetValue(1)) ?? 0), ids).ToHashSet();
        return [.. letters.Select(letter =>
        {
            var identity = (letter.Message.MessageId, letter.EnqueuedAt.ToUnixTimeMilliseconds());
            if (waiting.Contains(identity) || _isDead.Number(identity.MessageId, identity.Item2) is not null) return false;
            Insert(letter);
            return true;
        })];
    }

    public void Dispose() => _all.ForEach(statement => statement.Dispose());

    /// <summary>Deletes the row; what a run had put back stays one of its failures.</summary>
    private bool Delete(long sequence, string? run)
    {
        if (run is not null) _taken.Execute(run, 1);
        _deleteHistory.Execute(sequence);
        return _delete.Execute(sequence) == 1;
    }

    private void Insert(DeadLetter letter)
    {
        var (message, facts, last) = (letter.Message, DeadLetterFacts.Of(letter.Message), LastAttempt.Of(letter.Progress));
        var (properties, overrides) = Overrides.Divide(message.Properties);
        var content = _contents.Insert(message, PropertiesJson.Write(properties));
        var sequence = _import.Number(
            content, message.MessageId, letter.EnqueuedAt.ToUnixTimeMilliseconds(), letter.DeadLetteredAt.ToUnixTimeMilliseconds(), letter.Reason.Name, last.Status, last.Error,
            letter.DeliveryCount, letter.Progress.AttemptsMade, letter.Progress.Postponements, letter.Progress.Replays, overrides.Run, overrides.Json,
            facts.IsEvent ? 1 : 0, facts.Id == message.MessageId ? null : facts.Id, facts.Type, facts.Profile, facts.Tenant, facts.Subject, facts.Destination, facts.EndpointId, facts.ExpiresAt?.ToUnixTimeMilliseconds());
        if (overrides.Run is { } run) _taken.Execute(run, -1); // It is counted where it lies again.
        _burial.Execute(sequence, DeadLetterReason.Bounded(letter.Description), letter.Progress.Attempts.Count == 0 ? null : letter.Progress.AttemptsToJson());
    }

    private Statement Prepare(string sql)
    {
        var statement = new Statement(_connection, sql);
        _all.Add(statement);
        return statement;
    }
}

/// <summary>How a message dies.</summary>
/// <param name="At">When, in Unix milliseconds.</param>
/// <param name="Reason">Why.</param>
/// <param name="Description">What the last attempt met.</param>
/// <param name="Progress">What was tried.</param>
/// <param name="Uncounted">Leases that nobody got, and that are not counted.</param>
internal sealed record Death(long At, DeadLetterReason Reason, string Description, DeliveryProgress Progress, int Uncounted = 0);

[JsonSerializable(typeof(IEnumerable<string>))]
internal sealed partial class ImportContext : JsonSerializerContext;
