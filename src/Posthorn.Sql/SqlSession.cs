using System.Data.Common;
using Dapper;

namespace Posthorn.Sql;

/// <summary>One connection while it does one piece of work.</summary>
public sealed class SqlSession(DbConnection connection, CancellationToken cancellationToken)
{
    static SqlSession() => DefaultTypeMap.MatchNamesWithUnderscores = true;

    /// <summary>The connection.</summary>
    public DbConnection Connection { get; } = connection;

    /// <summary>Stops the work.</summary>
    public CancellationToken CancellationToken => cancellationToken;

    /// <summary>Runs a statement.</summary>
    /// <returns>How many rows it changed.</returns>
    public Task<int> ExecuteAsync(string sql, object? parameters = null) => Connection.ExecuteAsync(Command(sql, parameters));

    /// <summary>Reads every row.</summary>
    public async Task<IReadOnlyList<T>> QueryAsync<T>(string sql, object? parameters = null) =>
        (await Connection.QueryAsync<T>(Command(sql, parameters))).AsList();

    /// <summary>Reads the first row; null when there is none.</summary>
    public Task<T?> FirstAsync<T>(string sql, object? parameters = null)
        where T : class => Connection.QueryFirstOrDefaultAsync<T>(Command(sql, parameters));

    /// <summary>Reads a number.</summary>
    public Task<long> NumberAsync(string sql, object? parameters = null) => Connection.ExecuteScalarAsync<long>(Command(sql, parameters));

    private CommandDefinition Command(string sql, object? parameters) =>
        new(sql, parameters is null ? null : new CleanParameters(parameters), cancellationToken: cancellationToken);
}
