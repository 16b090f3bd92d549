using Microsoft.Data.Sqlite;
using Posthorn.Queues;

namespace Posthorn.Sqlite;

/// <summary>Duplicate detection: the message ids of the window, each with the fingerprint of what came under it. Inside the writer's transaction.</summary>
internal sealed class RecentIds(SqliteConnection connection) : IDisposable
{
    private const int AtOnce = 16;
    private readonly SqlValue[] _asked = new SqlValue[AtOnce + 1];

    private readonly Statement _find = new(connection, $"""
        SELECT message_id, fingerprint FROM recent_ids WHERE message_id IN ({string.Join(", ", Enumerable.Range(0, AtOnce).Select(i => $"${i}"))}) AND seen_at > ${AtOnce}
        """);
    private readonly RowsStatement _remember = new(connection, "INSERT OR REPLACE INTO recent_ids (message_id, fingerprint, seen_at)", columns: 3);
    private readonly Statement _forget = new(connection, "DELETE FROM recent_ids WHERE message_id IN (SELECT message_id FROM recent_ids WHERE seen_at <= $0 LIMIT $1)");

    /// <summary>What becomes of each of several messages, those before it counted.</summary>
    public List<EnqueueOutcome> Judge(IReadOnlyList<QueueMessage> messages, long since)
    {
        var known = Find(messages, since);
        var outcomes = new List<EnqueueOutcome>(messages.Count);
        foreach (var message in messages)
        {
            var isKnown = known.TryGetValue(message.MessageId, out var fingerprint);
            if (fingerprint.IsEmpty) known[message.MessageId] = message.Fingerprint;
            outcomes.Add(
                !isKnown ? EnqueueOutcome.Accepted
                : fingerprint.IsEmpty || message.Fingerprint.IsEmpty || fingerprint.Span.SequenceEqual(message.Fingerprint.Span) ? EnqueueOutcome.Duplicate
                : EnqueueOutcome.Conflict);
        }

        return outcomes;
    }

    /// <summary>Remembers the ids of messages that were put on the queue: 1 or <see cref="RowsStatement.AtOnce"/>.</summary>
    public void Remember(IReadOnlyList<QueueMessage> messages, int first, int count, long now)
    {
        for (var i = 0; i < count; i++) Fill(_remember.Row(i), messages[first + i].MessageId, messages[first + i].Fingerprint, now);
        _remember.Execute(count);
    }

    /// <summary>Remembers an id, whatever came under it.</summary>
    public void Remember(string messageId, long now)
    {
        Fill(_remember.Row(0), messageId, ReadOnlyMemory<byte>.Empty, now);
        _remember.Execute(1);
    }

    /// <summary>Forgets what is past the window, so many at most.</summary>
    public void Forget(long seenUntil, int atMost) => _forget.Execute(seenUntil, atMost);

    public void Dispose()
    {
        _find.Dispose();
        _remember.Dispose();
        _forget.Dispose();
    }

    private static void Fill(Span<SqlValue> row, string messageId, ReadOnlyMemory<byte> fingerprint, long now)
    {
        row[0] = messageId;
        row[1] = fingerprint;
        row[2] = now;
    }

    /// <summary>Those that were seen since, with their fingerprints.</summary>
    private Dictionary<string, ReadOnlyMemory<byte>> Find(IReadOnlyList<QueueMessage> messages, long since)
    {
        var known = new Dictionary<string, ReadOnlyMemory<byte>>(messages.Count, StringComparer.Ordinal);
        for (var first = 0; first < messages.Count; first += AtOnce)
        {
            Array.Clear(_asked);
            for (var i = first; i < Math.Min(first + AtOnce, messages.Count); i++) _asked[i - first] = messages[i].MessageId;
            _asked[AtOnce] = since;
            foreach (var (id, fingerprint) in _find.Query(row => (row.GetString(0), SafeRow.Bytes(row, 1)), _asked)) known[id] = fingerprint;
        }

        return known;
    }
}
