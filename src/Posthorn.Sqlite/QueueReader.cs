using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Data.Sqlite;
using Posthorn.Queues;

namespace Posthorn.Sqlite;

/// <summary>Reads of the file that need no lock. One connection, one reader at a time.</summary>
internal sealed class QueueReader(SqliteConnection connection) : IDisposable
{
    private static readonly long LongestLock = (long)TimeSpan.FromMinutes(5).TotalMilliseconds;

    private const string DeadLetterColumns = """
        SELECT sequence, content_id, message_id, enqueued_at, dead_lettered_at, reason, description, delivery_count, attempts_made, postponements, replays, attempts
        FROM dead_letters
        """;

    private readonly Statement _content = new(connection, "SELECT body, content_type, properties, ordering_key FROM contents WHERE content_id = $0");
    private readonly Statement _counts = new(connection, """
        SELECT (SELECT count(*) FROM messages),
               (SELECT count(*) FROM messages WHERE visible_at <= $0),
               (SELECT count(*) FROM messages WHERE visible_at > $0 AND visible_at <= $1 AND lock_token IS NOT NULL),
               (SELECT count(*) FROM dead_letters),
               (SELECT enqueued_at FROM messages ORDER BY sequence LIMIT 1)
        """);
    private readonly Statement _dead = new(connection, "SELECT count(*) FROM dead_letters");
    private readonly Statement _page = new(connection, $"{DeadLetterColumns} WHERE sequence >= $0 ORDER BY sequence LIMIT $1");
    private readonly Statement _newest = new(connection, $"{DeadLetterColumns} ORDER BY sequence DESC LIMIT $0");
    private readonly Lock _gate = new();

    /// <summary>The message of a leased row.</summary>
    public QueueMessage Content(long contentId, string messageId)
    {
        lock (_gate)
        {
            return _content.Query(row => new QueueMessage
            {
                MessageId = messageId,
                Body = SafeRow.Bytes(row, 0),
                ContentType = SafeRow.Text(row, 1),
                Properties = ReadProperties(SafeRow.Text(row, 2)),
                OrderingKey = SafeRow.Text(row, 3),
            }, contentId) is [var content] ? content : new QueueMessage { MessageId = messageId, Body = default };
        }
    }

    /// <summary>The counts of one moment.</summary>
    public QueueCounts Count(long now)
    {
        lock (_gate)
        {
            return _counts.Query(row =>
            {
                var (all, active, locked, dead) = (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3));
                var age = row.IsDBNull(4) ? (TimeSpan?)null : DateTimeOffset.FromUnixTimeMilliseconds(now) - SafeRow.Time(row, 4);
                return new QueueCounts(active, Math.Max(all - active - locked, 0), locked, dead, age < TimeSpan.Zero ? TimeSpan.Zero : age);
            }, now, now + LongestLock)[0];
        }
    }

    public long CountDead()
    {
        lock (_gate) return _dead.Scalar() is long dead ? dead : 0;
    }

    public IReadOnlyList<DeadLetter> Page(long fromSequence, int max)
    {
        lock (_gate) return Complete(_page.Query(DeadRow.Read, fromSequence, max));
    }

    public IReadOnlyList<DeadLetter> Newest(int max)
    {
        lock (_gate) return Complete(_newest.Query(DeadRow.Read, max));
    }

    public void Dispose()
    {
        lock (_gate)
        {
            foreach (var statement in new[] { _content, _counts, _dead, _page, _newest }) statement.Dispose();
            connection.Dispose();
        }
    }

    private List<DeadLetter> Complete(List<DeadRow> rows) => rows.ConvertAll(row => row.Letter with { Message = Readable(row.ContentId, row.Letter.Message) });

    /// <summary>The content; of a damaged one nothing, so that the list of the others can still be read.</summary>
    private QueueMessage Readable(long contentId, QueueMessage otherwise)
    {
        try
        {
            return Content(contentId, otherwise.MessageId);
        }
        catch (SqliteException damaged) when (damaged.SqliteErrorCode == SQLitePCL.raw.SQLITE_CORRUPT)
        {
            return otherwise;
        }
    }

    private static IReadOnlyDictionary<string, string> ReadProperties(string? json)
    {
        try
        {
            var properties = JsonSerializer.Deserialize(json ?? "{}", PropertiesContext.Default.DictionaryStringString) ?? [];
            foreach (var name in properties.Where(property => property.Value is null).Select(property => property.Key).ToList()) properties.Remove(name);
            return properties;
        }
        catch (JsonException)
        {
            return new Dictionary<string, string>(); // What is left is judged, and dead-lettered, like any message that is no envelope.
        }
    }

    private sealed record DeadRow(long ContentId, DeadLetter Letter)
    {
        public static DeadRow Read(SqliteDataReader row) => new(row.GetInt64(1), new DeadLetter
        {
            Sequence = row.GetInt64(0),
            Message = new QueueMessage { MessageId = SafeRow.Text(row, 2) ?? "", Body = default },
            EnqueuedAt = SafeRow.Time(row, 3),
            DeadLetteredAt = SafeRow.Time(row, 4),
            Reason = new DeadLetterReason(SafeRow.Text(row, 5) ?? ""),
            Description = SafeRow.Text(row, 6) ?? "",
            DeliveryCount = SafeRow.Count(row, 7),
            Progress = SafeRow.Progress(row, 8),
        });
    }
}

[JsonSerializable(typeof(IReadOnlyDictionary<string, string>))]
[JsonSerializable(typeof(Dictionary<string, string>))]
internal sealed partial class PropertiesContext : JsonSerializerContext;
