using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;
using Posthorn.Sqlite;

namespace Posthorn.ContractTests.Sqlite;

/// <summary>The queue's file past the queue: by a connection of its own, or by the writer's.</summary>
internal static class RawFile
{
    /// <summary>Opens the file as another program would.</summary>
    public static SqliteConnection Connect(string path)
    {
        var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        return connection;
    }

    public static void Execute(string path, string sql)
    {
        using var connection = Connect(path);
        connection.Execute(sql);
    }

    public static object? Read(string path, string sql)
    {
        using var connection = Connect(path);
        return connection.Read(sql);
    }

    public static void Execute(this SqliteConnection connection, string sql) => connection.Read(sql);

    public static object? Read(this SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }

    /// <summary>Reads by the writer's own connection, inside its transaction.</summary>
    public static object? Read(this QueueStatements file, string sql) => ConnectionOf(file).Read(sql);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_connection")]
    private static extern ref SqliteConnection ConnectionOf(QueueStatements file);
}
