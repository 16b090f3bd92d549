using System.Text;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Posthorn.Envelopes;
using Posthorn.Queues;

namespace Posthorn.Sqlite;

/// <summary>The contents of messages, living or dead: what does not change from attempt to attempt. Not thread-safe.</summary>
internal sealed class Contents(SqliteConnection connection) : IDisposable
{
    private readonly RowsStatement _insert = new(connection, "INSERT INTO contents (body, content_type, properties, ordering_key)", columns: 4);
    private readonly Statement _delete = new(connection, "DELETE FROM contents WHERE content_id = $0");
    private readonly Statement _deleteSome = new(connection, "DELETE FROM contents WHERE content_id IN (SELECT value FROM json_each($0))");
    private readonly Statement _content = new(connection, "SELECT body, content_type, properties, ordering_key FROM contents WHERE content_id = $0");

    /// <summary>The message of a row.</summary>
    public QueueMessage Read(long contentId, string messageId, Overrides overrides, DateTimeOffset? expiresAt = null)
    {
        var (body, type, properties, key) = _content.First(Read, contentId);
        return new QueueMessage
        {
            MessageId = messageId,
            Body = body, // All of it null where there is no such content.
            ContentType = type,
            Properties = overrides.Over(properties ?? []),
            OrderingKey = key,
            ExpiresAt = expiresAt,
        };
    }

    /// <summary>The message; of a damaged one nothing, so that its neighbours can still be read.</summary>
    public QueueMessage ReadOrNothing(long contentId, string messageId, Overrides overrides)
    {
        try
        {
            return Read(contentId, messageId, overrides);
        }
        catch (SqliteException damaged) when (damaged.SqliteErrorCode == SQLitePCL.raw.SQLITE_CORRUPT)
        {
            return new QueueMessage { MessageId = messageId, Body = default };
        }
    }

    /// <summary>Adds a content; the answer is its id.</summary>
    public long Insert(QueueMessage message, byte[] properties) => Insert([message], [properties], 0, 1);

    /// <summary>Adds contents, 1 or <see cref="RowsStatement.AtOnce"/>; the answer is the id of the last, and those before it have the ids before.</summary>
    public long Insert(IReadOnlyList<QueueMessage> messages, IReadOnlyList<byte[]> properties, int first, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var message = messages[first + i];
            var row = _insert.Row(i);
            row[0] = message.Body;
            row[1] = message.ContentType;
            row[2] = SqlValue.Utf8(properties[first + i]);
            row[3] = message.OrderingKey;
        }

        _insert.Execute(count);
        return SQLitePCL.raw.sqlite3_last_insert_rowid(connection.Handle);
    }

    public void Delete(long contentId) => _delete.Execute(contentId);

    public void Delete(IReadOnlyList<long> contentIds) => _deleteSome.Execute(SqlValue.ListOf(contentIds));

    public void Dispose()
    {
        _insert.Dispose();
        foreach (var statement in new[] { _content, _delete, _deleteSome }) statement.Dispose();
    }

    private static (byte[] Body, string? Type, Dictionary<string, string>? Properties, string? Key) Read(Row row) =>
        (SafeRow.Bytes(row, 0), SafeRow.Text(row, 1), PropertiesJson.Read(row.GetUtf8(2)), SafeRow.Text(row, 3));
}

/// <summary>What a replay put in place of some of a message's properties; it lies in the row, so that the content is not written again.</summary>
/// <param name="Run">The run that put the message back last.</param>
/// <param name="Json">The other properties.</param>
internal readonly record struct Overrides(string? Run, string? Json)
{
    private static readonly string[] Names = [EnvelopeProperties.ReplayTo, EnvelopeProperties.ReplayToSealed];

    public static Overrides Read(Row row, int first) => new(SafeRow.Text(row, first), SafeRow.Text(row, first + 1));

    /// <summary>What is to be patched into the overrides of a dead letter that is put back (RFC 7396: null removes). What goes instead has its own deadline.</summary>
    public static string Patch(ReplayChanges changes)
    {
        var patch = new Dictionary<string, string?> { [Names[0]] = changes.To?.Url, [Names[1]] = changes.To?.Sealed };
        if (changes.Instead is not null) patch[EnvelopeProperties.ExpiresAt] = null;
        if (changes.Deadline is { } deadline) patch[EnvelopeProperties.ExpiresAt] = Rfc3339.Format(deadline);
        return JsonSerializer.Serialize(patch);
    }

    /// <summary>Divides a message's properties into those of its content and those that a replay put there.</summary>
    public static (IReadOnlyDictionary<string, string> Content, Overrides Overrides) Divide(IReadOnlyDictionary<string, string> properties)
    {
        var rest = properties.Where(property => Names.Contains(property.Key)).ToDictionary();
        var content = properties.Where(property => !Names.Contains(property.Key) && property.Key != EnvelopeProperties.ReplayRun).ToDictionary();
        var json = rest.Count == 0 ? null : Encoding.UTF8.GetString(PropertiesJson.Write(rest));
        return (content, new Overrides(properties.GetValueOrDefault(EnvelopeProperties.ReplayRun), json));
    }

    /// <summary>The properties with these in place of some.</summary>
    public IReadOnlyDictionary<string, string> Over(Dictionary<string, string> properties)
    {
        if (Json is not null)
            foreach (var (name, value) in PropertiesJson.Read(Encoding.UTF8.GetBytes(Json))) properties[name] = value;
        if (Run is not null) properties[EnvelopeProperties.ReplayRun] = Run;
        return properties;
    }
}
