using System.Data;
using System.Text;

namespace Posthorn.Sql;

/// <summary>A column and the type of its values.</summary>
public readonly record struct Column(string Name, DbType Type);

/// <summary>How rows of a table are inserted, of which there are many a second.</summary>
/// <param name="Table">The table.</param>
/// <param name="Columns">Those that get values.</param>
/// <param name="OnConflict">What ends the statement.</param>
public sealed record RowInsert(string Table, IReadOnlyList<Column> Columns, string OnConflict)
{
    /// <summary>The statement for so many rows at once.</summary>
    /// <param name="rows">How many.</param>
    /// <param name="parameter">The name of a parameter, numbered from 0 through all rows.</param>
    public string Statement(int rows, Func<int, string> parameter)
    {
        var text = new StringBuilder($"INSERT INTO {Table} ({string.Join(", ", Columns.Select(column => column.Name))}) VALUES ");
        for (var row = 0; row < rows; row++)
        {
            var first = row * Columns.Count;
            text.Append(row == 0 ? "(" : ", (").AppendJoin(", ", Enumerable.Range(first, Columns.Count).Select(parameter)).Append(')');
        }

        return text.Append(' ').Append(OnConflict).ToString();
    }
}
