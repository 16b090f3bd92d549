using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Posthorn.Sqlite;

/// <summary>
/// An INSERT of one row, or of several at once: what SQLite does once a statement, as keeping the numbers of a table, costs as much as a
/// row does.
/// </summary>
/// <param name="connection">The connection.</param>
/// <param name="insert">What stands before <c>VALUES</c>.</param>
/// <param name="columns">How many values a row has.</param>
internal sealed class RowsStatement(SqliteConnection connection, string insert, int columns) : IDisposable
{
    /// <summary>The rows of the statement for several.</summary>
    public const int AtOnce = 8;

    private readonly Statement _one = new(connection, Text(insert, 1, columns));
    private readonly Statement _several = new(connection, Text(insert, AtOnce, columns));
    private readonly SqlValue[] _values = new SqlValue[AtOnce * columns];

    /// <summary>The values of a row, to be filled before it is run.</summary>
    public Span<SqlValue> Row(int row) => _values.AsSpan(row * columns, columns);

    /// <summary>Inserts the first rows: 1 or <see cref="AtOnce"/>.</summary>
    public void Execute(int rows)
    {
        (rows == 1 ? _one : _several).Execute(_values.AsSpan(0, rows * columns));
        Array.Clear(_values);
    }

    public void Dispose()
    {
        _one.Dispose();
        _several.Dispose();
    }

    private static string Text(string insert, int rows, int columns) =>
        $"{insert} VALUES {string.Join(", ", Enumerable.Range(0, rows).Select(row => $"({string.Join(", ", Enumerable.Range(row * columns, columns).Select(Name))})"))}";

    private static string Name(int parameter) => string.Create(CultureInfo.InvariantCulture, $"${parameter}");
}
