using System.Data.Common;
using System.Globalization;
using Posthorn.Sql;

namespace Posthorn.Postgres;

/// <summary>Inserts many rows with few prepared statements, of a few fixed sizes: the server is far, and keeps the plan of each.</summary>
internal static class RowBatches
{
    private static readonly int[] Sizes = [64, 16, 4, 1];

    /// <summary>Inserts the rows in their order, each with its values in the order of the columns.</summary>
    public static async Task InsertAsync(SqlSession sql, RowInsert insert, IReadOnlyList<object?[]> rows)
    {
        for (var next = 0; next < rows.Count;)
        {
            var size = Sizes.First(size => size <= rows.Count - next);
            await using var command = Command(sql.Connection, insert, size);
            await command.PrepareAsync(sql.CancellationToken);
            for (; size <= rows.Count - next; next += size)
            {
                SetValues(command.Parameters, rows, next, size);
                await command.ExecuteNonQueryAsync(sql.CancellationToken);
            }
        }
    }

    private static DbCommand Command(DbConnection connection, RowInsert insert, int size)
    {
        var command = connection.CreateCommand();
        command.CommandText = insert.Statement(size, Name);
        for (var i = 0; i < size * insert.Columns.Count; i++)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = Name(i);
            parameter.DbType = insert.Columns[i % insert.Columns.Count].Type;
            parameter.Value = DBNull.Value;
            command.Parameters.Add(parameter);
        }

        return command;
    }

    private static void SetValues(DbParameterCollection parameters, IReadOnlyList<object?[]> rows, int first, int size)
    {
        for (var row = 0; row < size; row++)
        {
            var values = rows[first + row];
            for (var i = 0; i < values.Length; i++) parameters[(row * values.Length) + i].Value = values[i] ?? DBNull.Value;
        }
    }

    private static string Name(int parameter) => string.Create(CultureInfo.InvariantCulture, $"@p{parameter}");
}
