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
    private readonly Statement _visible = new(connection, "SELECT count(*) FROM messages WHERE visible_at <= $0");
    private readonly Statement _all = new(connection, "SELECT count(*) FROM messages");
    private readonly Statement _locked = new(connection, "SELECT count(*) FROM messages WHERE visible_at > $0 AND visible_at <= $1 AND lock_token IS NOT NULL");
    private readonly Statement _oldest = new(connection, "SELECT min(enqueued_at) FROM (SELECT enqueued_at FROM messages ORDER BY sequence LIMIT 1)");
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
                Body = (byte[])row.GetValue(0),
                ContentType = row.IsDBNull(1) ? null : row.GetString(1),
                Properties = ReadProperties(row.GetString(2)),
                OrderingKey = row.IsDBNull(3) ? null : row.GetString(3),
            }, contentId) is [var content] ? content : new QueueMessage { MessageId = messageId, Body = default };
        }
    }

    public QueueCounts Count(long now)
    {
        lock (_gate)
        {
            var visible = Number(_visible.Scalar(now));
            var locked = Number(_locked.Scalar(now, now + LongestLock));
            var scheduled = Number(_all.Scalar()) - visible - locked;
            var oldest = _oldest.Scalar() is long time ? TimeSpan.FromMilliseconds(Math.Max(now - time, 0)) : (TimeSpan?)null;
            return new QueueCounts(visible, Math.Max(scheduled, 0), locked, CountDead(), oldest);
        }
    }

    public long CountDead()
    {
        lock (_gate) return Number(_dead.Scalar());
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
        foreach (var statement in new[] { _content, _visible, _all, _locked, _oldest, _dead, _page, _newest }) statement.Dispose();
        connection.Dispose();
    }

    private List<DeadLetter> Complete(List<DeadRow> rows) => rows.ConvertAll(row => row.Letter with { Message = Content(row.ContentId, row.Letter.Message.MessageId) });

    private static long Number(object? scalar) => scalar is long number ? number : 0;

    private static IReadOnlyDictionary<string, string> ReadProperties(string json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, PropertiesContext.Default.IReadOnlyDictionaryStringString) ?? new Dictionary<string, string>();
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
            Message = new QueueMessage { MessageId = row.GetString(2), Body = default },
            EnqueuedAt = DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(3)),
            DeadLetteredAt = DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(4)),
            Reason = new DeadLetterReason(row.GetString(5)),
            Description = row.GetString(6),
            DeliveryCount = (int)row.GetInt64(7),
            Progress = ProgressRow.Read(row, 8),
        });
    }
}

[JsonSerializable(typeof(IReadOnlyDictionary<string, string>))]
internal sealed partial class PropertiesContext : JsonSerializerContext;
