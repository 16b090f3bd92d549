using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Posthorn.ContractTests.Sqlite;

/// <summary>What SQLite did, triggers included, and however fast the machine is; see <c>sqlite3_stmt_status</c>.</summary>
/// <param name="Steps">Instructions of its virtual machine.</param>
/// <param name="Scanned">Rows that were passed over for want of an index.</param>
/// <param name="Indexed">Rows put into indexes that were made on the spot.</param>
internal sealed record StatementWork(int Steps, int Scanned, int Indexed)
{
    private const int FullScanStep = 1; // SQLITE_STMTSTATUS_…
    private const int AutoIndex = 3;
    private const int VmStep = 4;

    /// <summary>Opens a file so that the work of the connection's statements can be asked for.</summary>
    public static SqliteConnection Connect(string path)
    {
        var connection = RawFile.Connect(path);
        connection.Handle.ShouldNotBeNull().enable_sqlite3_next_stmt(true);
        return connection;
    }

    /// <summary>What the connection's statements have done since this was asked last.</summary>
    public static StatementWork Of(SqliteConnection connection)
    {
        var work = new StatementWork(0, 0, 0);
        foreach (var statement in All(connection))
            work = new StatementWork(work.Steps + Take(statement, VmStep), work.Scanned + Take(statement, FullScanStep), work.Indexed + Take(statement, AutoIndex));
        return work;
    }

    /// <summary>The plans of those of the connection's statements that contain a text.</summary>
    public static IReadOnlyList<string> PlansOf(SqliteConnection connection, string text)
    {
        var plans = new List<string>();
        foreach (var sql in All(connection).Select(statement => raw.sqlite3_sql(statement).utf8_to_string()).Where(sql => sql.Contains(text, StringComparison.Ordinal)).ToList())
        {
            using var command = connection.CreateCommand();
            command.CommandText = $"EXPLAIN QUERY PLAN {sql}";
            for (var i = 0; sql.Contains($"${i}", StringComparison.Ordinal); i++) command.Parameters.AddWithValue($"${i}", 0);
            using var row = command.ExecuteReader();
            while (row.Read()) plans.Add(row.GetString(3));
        }

        return plans;
    }

    private static int Take(sqlite3_stmt statement, int what) => raw.sqlite3_stmt_status(statement, what, 1);

    private static IEnumerable<sqlite3_stmt> All(SqliteConnection connection)
    {
        var handle = connection.Handle.ShouldNotBeNull();
        for (var statement = raw.sqlite3_next_stmt(handle, null); statement is not null; statement = raw.sqlite3_next_stmt(handle, statement)) yield return statement;
    }
}
