using System.Text.Json;
using Microsoft.Data.Sqlite;

namespace Posthorn.EndToEndTests.Faults;

/// <summary>The queue's file past the worker: another producer's mail, what lies in it after a death, another process's write lock.</summary>
internal static class QueueOnDisk
{
    private const string Everything = """
        SELECT message_id, '' AS reason, delivery_count, attempts_made, replays, json_array_length(coalesce(attempts, '[]')), visible_at FROM messages
        UNION ALL
        SELECT message_id, reason, delivery_count, attempts_made, replays, json_array_length(coalesce(attempts, '[]')), 0
        FROM dead_letters LEFT JOIN dead_letter_histories USING (sequence)
        ORDER BY message_id
        """;

    /// <summary>Puts envelopes on the queue as another producer does, without a worker.</summary>
    public static Task PutAsync(this Harness harness, params string[] envelopes) =>
        harness.PutAsync([.. envelopes.Select(envelope => EnvelopeMessages.Plain(IdOf(envelope), envelope))]);

    /// <summary>Every copy there is, on the queue or dead; each has its content, and no content is left over.</summary>
    public static IReadOnlyList<Copy> Copies(this Harness harness)
    {
        using var connection = Connect(harness, SqliteOpenMode.ReadOnly); // One that may write would tidy up what a killed worker left.
        using var command = connection.CreateCommand();
        command.CommandText = Everything;
        using var row = command.ExecuteReader();
        var copies = new List<Copy>();
        while (row.Read())
            copies.Add(new Copy(row.GetString(0), row.GetString(1), row.GetInt32(2), row.GetInt32(3), row.GetInt32(4), row.GetInt32(5), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(6))));
        return copies;
    }

    /// <summary>The only copy there is.</summary>
    public static Copy OnlyCopy(this Harness harness)
    {
        var copy = harness.Copies().ShouldHaveSingleItem(harness.DescribeProcesses());
        harness.ContentsShouldBe(1);
        return copy;
    }

    /// <summary>What bodies the file holds: one for each copy, or some are left over or shared.</summary>
    public static void ContentsShouldBe(this Harness harness, long count)
    {
        using var connection = Connect(harness, SqliteOpenMode.ReadOnly);
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT count(*) FROM contents";
        command.ExecuteScalar().ShouldBe(count);
    }

    /// <summary>Changes the file as another program would.</summary>
    public static void Change(this Harness harness, string sql)
    {
        using var connection = Connect(harness, SqliteOpenMode.ReadWrite);
        Execute(connection, sql);
    }

    /// <summary>Holds the file's write lock, as a program that has hung holds it, until disposed of.</summary>
    public static IDisposable HoldWriteLock(this Harness harness)
    {
        var connection = Connect(harness, SqliteOpenMode.ReadWrite);
        Execute(connection, "BEGIN IMMEDIATE");
        return connection; // Closing it rolls back.
    }

    private static string IdOf(string envelope)
    {
        using var document = JsonDocument.Parse(envelope);
        return document.RootElement.Text("id");
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static SqliteConnection Connect(Harness harness, SqliteOpenMode mode)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = harness.QueueFile, Mode = mode, Pooling = false }.ToString());
        connection.Open();
        return connection;
    }
}

/// <summary>One copy of a message in the file.</summary>
/// <param name="Id">Its message id.</param>
/// <param name="Reason">Why it is dead; empty on the queue.</param>
/// <param name="DeliveryCount">Times this copy was leased.</param>
/// <param name="AttemptsMade">Attempts spent.</param>
/// <param name="Replays">Times it came back from the dead.</param>
/// <param name="Attempts">Attempts remembered.</param>
/// <param name="VisibleAt">On the queue: when it may be leased; while it is leased, when its lock ends.</param>
internal sealed record Copy(string Id, string Reason, int DeliveryCount, int AttemptsMade, int Replays, int Attempts, DateTimeOffset VisibleAt)
{
    public bool IsDead => Reason.Length > 0;

    public bool IsHidden => VisibleAt > DateTimeOffset.UtcNow;
}
