using System.Collections.Concurrent;
using System.Data;
using System.Data.Common;
using System.Globalization;
using System.Text;

namespace Posthorn.Sql.History;

/// <summary>A column and the type of its values.</summary>
internal readonly record struct Column(string Name, DbType Type);

/// <summary>Writes many rows with few prepared statements, of a few fixed sizes.</summary>
internal sealed class RowWriter(string table, IReadOnlyList<Column> columns, string onConflict)
{
    private static readonly int[] Sizes = [64, 16, 4, 1];
    private readonly ConcurrentDictionary<int, string> _statements = [];

    /// <summary>Writes the rows in their order, each with its values in the order of the columns.</summary>
    /// <param name="sql">The connection.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="atOnce">The most rows of one statement.</param>
    public async Task WriteAsync(SqlSession sql, IReadOnlyList<object?[]> rows, int atOnce)
    {
        for (var next = 0; next < rows.Count;)
        {
            var size = Sizes.First(size => size == 1 || (size <= atOnce && size <= rows.Count - next));
            var first = next;
            var statement = _statements.GetOrAdd(size, Statement);
            await sql.ExecutePreparedAsync(statement, command => AddParameters(command, size), parameters => SetValues(parameters, rows, first, size));
            next += size;
        }
    }

    private string Statement(int size)
    {
        var text = new StringBuilder($"INSERT INTO {table} ({string.Join(", ", columns.Select(column => column.Name))}) VALUES ");
        for (var row = 0; row < size; row++)
        {
            var first = row * columns.Count;
            text.Append(row == 0 ? "(" : ", (").AppendJoin(", ", Enumerable.Range(first, columns.Count).Select(Name)).Append(')');
        }

        return text.Append(' ').Append(onConflict).ToString();
    }

    private void AddParameters(DbCommand command, int size)
    {
        for (var i = 0; i < size * columns.Count; i++)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = Name(i);
            parameter.DbType = columns[i % columns.Count].Type;
            parameter.Value = DBNull.Value;
            command.Parameters.Add(parameter);
        }
    }

    private void SetValues(DbParameterCollection parameters, IReadOnlyList<object?[]> rows, int first, int size)
    {
        for (var row = 0; row < size; row++)
        {
            var values = rows[first + row];
            for (var i = 0; i < values.Length; i++)
                parameters[(row * columns.Count) + i].Value = values[i] switch { null => DBNull.Value, string text => SqlText.Clean(text), var value => value };
        }
    }

    private static string Name(int parameter) => string.Create(CultureInfo.InvariantCulture, $"@p{parameter}");
}
