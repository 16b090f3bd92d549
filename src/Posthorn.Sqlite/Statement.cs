using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Posthorn.Sqlite;

/// <summary>
/// A statement with positional parameters <c>$0</c>, <c>$1</c>, … in the order of their first use, prepared when it is first run. It goes to SQLite
/// itself: for statements of a few microseconds, which run several times for each message, a <see cref="SqliteCommand"/> costs more than they do.
/// </summary>
internal sealed class Statement(SqliteConnection connection, string sql) : IDisposable
{
    private const uint IsKept = 1; // SQLITE_PREPARE_PERSISTENT
    private sqlite3_stmt? _prepared;
    private int[] _places = [];

    /// <summary>Runs it; the answer is the number of rows changed.</summary>
    public int Execute(params ReadOnlySpan<SqlValue> values)
    {
        var statement = Bind(values);
        try
        {
            while (Step(statement))
            {
            }

            return raw.sqlite3_changes(connection.Handle);
        }
        finally
        {
            End(statement);
        }
    }

    /// <summary>Runs it and reads every row.</summary>
    public List<T> Query<T>(Func<Row, T> read, params ReadOnlySpan<SqlValue> values)
    {
        var statement = Bind(values);
        try
        {
            var rows = new List<T>();
            while (Step(statement)) rows.Add(read(new Row(statement)));
            return rows;
        }
        finally
        {
            End(statement);
        }
    }

    /// <summary>Runs it and reads the first row; the default when there is none.</summary>
    public T? First<T>(Func<Row, T> read, params ReadOnlySpan<SqlValue> values)
    {
        var statement = Bind(values);
        try
        {
            if (!Step(statement)) return default;
            var first = read(new Row(statement));
            while (Step(statement))
            {
            }

            return first;
        }
        finally
        {
            End(statement);
        }
    }

    /// <summary>Runs it and reads the first column of the first row; null when there is none.</summary>
    public object? Scalar(params ReadOnlySpan<SqlValue> values) => First(row => row.GetValue(0), values);

    /// <summary>As <see cref="Scalar"/>, of a whole number; null when there is none.</summary>
    public long? Number(params ReadOnlySpan<SqlValue> values) => First(row => row.IsDBNull(0) ? (long?)null : row.GetInt64(0), values);

    public void Dispose()
    {
        _prepared?.Dispose();
        _prepared = null;
    }

    private sqlite3_stmt Bind(ReadOnlySpan<SqlValue> values)
    {
        var statement = _prepared ??= Prepare();
        for (var i = 0; i < values.Length; i++) Check(values[i].Bind(statement, _places[i]));
        return statement;
    }

    private sqlite3_stmt Prepare()
    {
        Check(raw.sqlite3_prepare_v3(connection.Handle, sql, IsKept, out var statement));
        _places = [.. Enumerable.Range(0, raw.sqlite3_bind_parameter_count(statement)).Select(i => raw.sqlite3_bind_parameter_index(statement, $"${i}"))];
        return statement;
    }

    /// <summary>Goes to the next row; false when there is none.</summary>
    private bool Step(sqlite3_stmt statement)
    {
        var result = raw.sqlite3_step(statement);
        if (result is not (raw.SQLITE_ROW or raw.SQLITE_DONE)) Check(result);
        return result == raw.SQLITE_ROW;
    }

    /// <summary>Lets go of what it locked and of what it was given.</summary>
    private static void End(sqlite3_stmt statement)
    {
        _ = raw.sqlite3_reset(statement); // The code of the last step again, which was told.
        _ = raw.sqlite3_clear_bindings(statement);
    }

    private void Check(int result) => SqliteException.ThrowExceptionForRC(result, connection.Handle);
}
