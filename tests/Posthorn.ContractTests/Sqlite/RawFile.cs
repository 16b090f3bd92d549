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

    /// <summary>Makes the file anew as an older version did, by the schema's first scripts.</summary>
    public static void MakeOld(string path, int version)
    {
        foreach (var file in new[] { path, path + "-wal", path + "-shm" }) File.Delete(file);
        var scripts = typeof(SqliteQueue).Assembly.GetManifestResourceNames().Where(name => name.StartsWith("Posthorn.Sqlite.Schema.0", StringComparison.Ordinal)).Order(StringComparer.Ordinal);
        Execute(path, $"PRAGMA journal_mode = WAL; {string.Join(';', scripts.Take(version).Select(Text))}; PRAGMA user_version = {version}; PRAGMA application_id = {QueueFile.ApplicationId};");
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

    private static string Text(string resource)
    {
        using var stream = typeof(SqliteQueue).Assembly.GetManifestResourceStream(resource).ShouldNotBeNull();
        using var script = new StreamReader(stream);
        return script.ReadToEnd();
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_connection")]
    private static extern ref SqliteConnection ConnectionOf(QueueStatements file);
}
