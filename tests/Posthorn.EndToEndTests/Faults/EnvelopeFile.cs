using Microsoft.Data.Sqlite;

namespace Posthorn.EndToEndTests.Faults;

/// <summary>The queue's file as another program would open it.</summary>
internal static class EnvelopeFile
{
    public static SqliteConnection OpenQueueFile(this Harness harness)
    {
        var connection = new SqliteConnection($"Data Source={harness.QueueFile};Pooling=False;Default Timeout=10");
        connection.Open();
        return connection;
    }

    /// <summary>Runs a statement with <c>$0</c>, <c>$1</c> … bound; the answer is the rows it changed.</summary>
    public static int Execute(this SqliteConnection connection, string sql, params object[] values)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        for (var i = 0; i < values.Length; i++) command.Parameters.AddWithValue($"${i}", values[i]);
        return command.ExecuteNonQuery();
    }
}
