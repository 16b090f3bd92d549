using Microsoft.Data.Sqlite;
using Posthorn.Sql;

namespace Posthorn.Sqlite;

/// <summary>A connection that writes to a store, one transaction at a time. Not thread-safe.</summary>
internal sealed class StoreWriter(SqliteConnection connection) : IDisposable
{
    private readonly Statement _begin = new(connection, "BEGIN IMMEDIATE");
    private readonly Statement _commit = new(connection, "COMMIT");
    private readonly Statement _rollback = new(connection, "ROLLBACK");
    private readonly Dictionary<RowInsert, Statement> _inserts = new(ReferenceEqualityComparer.Instance);

    /// <summary>The connection.</summary>
    public SqliteConnection Connection => connection;

    /// <summary>Does the work in one transaction.</summary>
    public async Task<T> CommitAsync<T>(Func<SqlSession, Task<T>> work, CancellationToken cancellationToken)
    {
        _begin.Execute();
        try
        {
            var result = await work(new SqlSession(connection, cancellationToken));
            _commit.Execute();
            return result;
        }
        catch
        {
            if (SQLitePCL.raw.sqlite3_get_autocommit(connection.Handle) == 0) _rollback.Execute(); // Some errors end the transaction themselves.
            throw;
        }
    }

    /// <summary>Inserts rows, one a statement: what several of them at once would save is less than what their parameters cost.</summary>
    public void Insert(RowInsert insert, IReadOnlyList<object?[]> rows)
    {
        if (!_inserts.TryGetValue(insert, out var statement)) _inserts.Add(insert, statement = new Statement(connection, insert.Statement(1, i => $"${i}")));
        var values = new SqlValue[insert.Columns.Count];
        foreach (var row in rows)
        {
            for (var i = 0; i < values.Length; i++) values[i] = SqlValue.Of(row[i]);
            statement.Execute(values);
        }
    }

    public void Dispose()
    {
        foreach (var statement in _inserts.Values.Concat([_begin, _commit, _rollback])) statement.Dispose();
        connection.Dispose();
    }
}
