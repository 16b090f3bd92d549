using System.Diagnostics;
using Microsoft.Data.Sqlite;

namespace Posthorn.Benchmarks.Enqueue;

/// <summary>What there is to be had from SQLite: rows as large as the queue's, inserted into a file of its own on the same disk, many to a transaction that is on disk before the next.</summary>
internal sealed class RawInserts : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly string _contentType;
    private readonly string _properties;
    private readonly byte[] _body;

    /// <param name="queueFile">The queue whose newest message the rows are like.</param>
    /// <param name="ownFile">The file.</param>
    public RawInserts(string queueFile, string ownFile)
    {
        _connection = new SqliteConnection($"Data Source={ownFile};Pooling=False");
        _connection.Open();
        using var prepare = Command($"""
            PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -16384;
            CREATE TABLE a (id INTEGER PRIMARY KEY, message_id TEXT, enqueued_at INTEGER, due_at INTEGER, content_type TEXT, properties TEXT, body BLOB);
            ATTACH '{queueFile}' AS queue;
            """);
        prepare.ExecuteNonQuery();
        using (var like = Command("SELECT content_type, properties, body FROM queue.contents ORDER BY content_id DESC LIMIT 1"))
        using (var row = like.ExecuteReader())
            (_contentType, _properties, _body) = row.Read() ? (row.GetString(0), row.GetString(1), row.GetFieldValue<byte[]>(2)) : throw new BenchmarkException("The queue is empty.");
        using var detach = Command("DETACH queue");
        detach.ExecuteNonQuery();
    }

    /// <summary>Inserts so many; the answer is how many a second.</summary>
    public double PerSecond(int rows, int group)
    {
        using var begin = Command("BEGIN IMMEDIATE");
        using var commit = Command("COMMIT");
        using var insert = Command("INSERT INTO a (message_id, enqueued_at, due_at, content_type, properties, body) VALUES ($0, $1, $1, $2, $3, $4)");
        var (id, time) = (insert.Parameters.Add("$0", SqliteType.Text), insert.Parameters.Add("$1", SqliteType.Integer));
        insert.Parameters.AddWithValue("$2", _contentType);
        insert.Parameters.AddWithValue("$3", _properties);
        insert.Parameters.AddWithValue("$4", _body);
        insert.Prepare();
        var started = Stopwatch.GetTimestamp();
        for (var first = 0; first < rows; first += group)
        {
            begin.ExecuteNonQuery();
            for (var n = first; n < Math.Min(rows, first + group); n++)
            {
                (id.Value, time.Value) = ($"raw_{n}", DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
                insert.ExecuteNonQuery();
            }

            commit.ExecuteNonQuery();
        }

        return rows / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    public void Dispose() => _connection.Dispose();

    private SqliteCommand Command(string sql)
    {
        var command = _connection.CreateCommand();
        command.CommandText = sql;
        return command;
    }
}
