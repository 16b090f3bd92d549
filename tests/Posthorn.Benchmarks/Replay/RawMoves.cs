using System.Diagnostics;
using Microsoft.Data.Sqlite;

namespace Posthorn.Benchmarks.Replay;

/// <summary>What there is to be had from SQLite: the same rows in a file of its own, each moved from one table to another, 200 to a transaction that is on disk before the next.</summary>
internal sealed class RawMoves : IDisposable
{
    private const int MostAtOnce = 200;
    private readonly SqliteConnection _connection;
    private readonly long _rows;

    /// <summary>Copies the first dead letters, each with its payload and history as one row.</summary>
    public RawMoves(string queueFile, string ownFile, int most)
    {
        _connection = new SqliteConnection($"Data Source={ownFile};Pooling=False");
        _connection.Open();
        Execute($"""
            PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -16384;
            CREATE TABLE a (id INTEGER PRIMARY KEY, message_id TEXT, enqueued_at INTEGER, dead_lettered_at INTEGER, reason TEXT, description TEXT, attempts TEXT, content_type TEXT, properties TEXT, body BLOB);
            CREATE TABLE b (id INTEGER PRIMARY KEY, message_id TEXT, enqueued_at INTEGER, dead_lettered_at INTEGER, reason TEXT, description TEXT, attempts TEXT, content_type TEXT, properties TEXT, body BLOB);
            ATTACH '{queueFile}' AS queue;
            INSERT INTO a SELECT sequence, message_id, enqueued_at, dead_lettered_at, reason, description, attempts, content_type, properties, body
            FROM queue.dead_letters JOIN queue.dead_letter_histories USING (sequence) JOIN queue.contents USING (content_id) ORDER BY sequence LIMIT {most};
            DETACH queue;
            PRAGMA wal_checkpoint(TRUNCATE);
            """);
        using var count = Command("SELECT max(id) FROM a");
        _rows = count.ExecuteScalar() as long? ?? 0;
    }

    /// <summary>Moves all of them; the answer is how many a second.</summary>
    public double PerSecond()
    {
        using var begin = Command("BEGIN IMMEDIATE");
        using var commit = Command("COMMIT");
        using var insert = Command("INSERT INTO b SELECT * FROM a WHERE id = $id");
        using var delete = Command("DELETE FROM a WHERE id = $id");
        SqliteParameter[] ids = [insert.Parameters.Add("$id", SqliteType.Integer), delete.Parameters.Add("$id", SqliteType.Integer)];
        var started = Stopwatch.GetTimestamp();
        for (var first = 1L; first <= _rows; first += MostAtOnce)
        {
            begin.ExecuteNonQuery();
            for (var id = first; id < first + MostAtOnce && id <= _rows; id++)
            {
                foreach (var parameter in ids) parameter.Value = id;
                insert.ExecuteNonQuery();
                delete.ExecuteNonQuery();
            }

            commit.ExecuteNonQuery();
        }

        return _rows / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    public void Dispose() => _connection.Dispose();

    private void Execute(string sql)
    {
        using var command = Command(sql);
        command.CommandTimeout = 0;
        command.ExecuteNonQuery();
    }

    private SqliteCommand Command(string sql)
    {
        var command = _connection.CreateCommand();
        command.CommandText = sql;
        return command;
    }
}
