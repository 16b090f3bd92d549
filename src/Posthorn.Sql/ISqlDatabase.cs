using Posthorn.Stores;

namespace Posthorn.Sql;

/// <summary>One database, as an adapter opens it. Whatever its driver throws comes out as <see cref="StoreUnavailableException"/>.</summary>
public interface ISqlDatabase : IAsyncDisposable
{
    /// <summary>Where it is, as a person may be told: no password.</summary>
    string Name { get; }

    /// <summary>Runs what is missing of the schema; processes that start at once do it once.</summary>
    Task PrepareAsync(CancellationToken cancellationToken);

    /// <summary>Reads, beside any writing.</summary>
    Task<T> ReadAsync<T>(Func<SqlSession, Task<T>> work, CancellationToken cancellationToken);

    /// <summary>Does the work in one transaction, which is committed when it ends. It may run again, when it lost against another's.</summary>
    Task<T> WriteAsync<T>(Durability durability, Func<SqlSession, Task<T>> work, CancellationToken cancellationToken);

    /// <summary>Numbers for new rows of the delivery log, growing, within a write; nobody waits for another's commit to get them.</summary>
    Task<IReadOnlyList<long>> PositionsAsync(SqlSession sql, int count);

    /// <summary>Inserts rows in their order, within a write, each with its values in the order of the columns: whole numbers of 64 bits, texts and bytes.</summary>
    Task InsertAsync(SqlSession sql, RowInsert insert, IReadOnlyList<object?[]> rows);
}

/// <summary>What a commit outlives.</summary>
public enum Durability
{
    /// <summary>The machine's loss of power.</summary>
    Full,

    /// <summary>The end of the process; of the last moments before a loss of power, some may be missing.</summary>
    Relaxed,
}
