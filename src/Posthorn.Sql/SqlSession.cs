using System.Data.Common;
using Dapper;

namespace Posthorn.Sql;

/// <summary>One connection while it does one piece of work.</summary>
public sealed class SqlSession(PreparedCommands commands, CancellationToken cancellationToken)
{
    static SqlSession() => DefaultTypeMap.MatchNamesWithUnderscores = true;

    /// <summary>Runs a statement.</summary>
    /// <returns>How many rows it changed.</returns>
    public Task<int> ExecuteAsync(string sql, object? parameters = null) => commands.Connection.ExecuteAsync(Command(sql, parameters));

    /// <summary>Reads every row.</summary>
    public async Task<IReadOnlyList<T>> QueryAsync<T>(string sql, object? parameters = null) =>
        (await commands.Connection.QueryAsync<T>(Command(sql, parameters))).AsList();

    /// <summary>Reads the first row; null when there is none.</summary>
    public Task<T?> FirstAsync<T>(string sql, object? parameters = null)
        where T : class => commands.Connection.QueryFirstOrDefaultAsync<T>(Command(sql, parameters));

    /// <summary>Reads a number.</summary>
    public Task<long> NumberAsync(string sql, object? parameters = null) => commands.Connection.ExecuteScalarAsync<long>(Command(sql, parameters));

    /// <summary>Runs a prepared command; its parameters are set by their place.</summary>
    public async Task ExecutePreparedAsync(string sql, Action<DbCommand> addParameters, Action<DbParameterCollection> setValues)
    {
        var command = await commands.CommandAsync(sql, addParameters, cancellationToken);
        setValues(command.Parameters);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private CommandDefinition Command(string sql, object? parameters) =>
        new(sql, parameters is null ? null : new CleanParameters(parameters), cancellationToken: cancellationToken);
}
