using System.Data.Common;

namespace Posthorn.Sql;

/// <summary>The prepared commands of one connection, for as long as it is kept.</summary>
public sealed class PreparedCommands(DbConnection connection) : IDisposable
{
    private readonly Dictionary<string, DbCommand> _commands = [];

    /// <summary>The connection.</summary>
    public DbConnection Connection { get; } = connection;

    /// <summary>Gives the command of this SQL; a new one is given its parameters and prepared.</summary>
    public async Task<DbCommand> CommandAsync(string sql, Action<DbCommand> addParameters, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(addParameters);
        if (_commands.TryGetValue(sql, out var known)) return known;

        var command = Connection.CreateCommand();
        _commands.Add(sql, command);
        command.CommandText = sql;
        addParameters(command);
        await command.PrepareAsync(cancellationToken);
        return command;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var command in _commands.Values) command.Dispose();
        _commands.Clear();
    }
}
