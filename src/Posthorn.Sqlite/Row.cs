using SQLitePCL;

namespace Posthorn.Sqlite;

/// <summary>The row that a statement stands at, until its next step.</summary>
internal readonly struct Row(sqlite3_stmt statement)
{
    /// <summary>The statement.</summary>
    public sqlite3_stmt Handle => statement;

    public bool IsDBNull(int column) => TypeOf(column) == raw.SQLITE_NULL;

    /// <summary>A whole number; SQLite makes one of anything.</summary>
    public long GetInt64(int column) => raw.sqlite3_column_int64(statement, column);

    /// <summary>A fraction; SQLite makes one of anything.</summary>
    public double GetDouble(int column) => raw.sqlite3_column_double(statement, column);

    /// <summary>A text; SQLite makes one of anything.</summary>
    public string GetString(int column) => raw.sqlite3_column_text(statement, column).utf8_to_string() ?? "";

    /// <summary>A text as its bytes, until the next step; SQLite makes one of anything.</summary>
    public ReadOnlySpan<byte> GetUtf8(int column)
    {
        _ = raw.sqlite3_column_text(statement, column);
        return raw.sqlite3_column_blob(statement, column);
    }

    /// <summary>What is there, by its type; null when nothing is.</summary>
    public object? GetValue(int column) => TypeOf(column) switch
    {
        raw.SQLITE_INTEGER => GetInt64(column),
        raw.SQLITE_FLOAT => GetDouble(column),
        raw.SQLITE_TEXT => GetString(column),
        raw.SQLITE_BLOB => raw.sqlite3_column_blob(statement, column).ToArray(),
        _ => null,
    };

    /// <summary>SQLite's code of the type that is there.</summary>
    public int TypeOf(int column) => raw.sqlite3_column_type(statement, column);
}
