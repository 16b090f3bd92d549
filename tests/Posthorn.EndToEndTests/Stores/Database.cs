using Npgsql;

namespace Posthorn.EndToEndTests.Stores;

/// <summary>A database of its own on the server that <c>POSTHORN_TEST_POSTGRES</c> leads to; a test without one is skipped.</summary>
public sealed class Database : IAsyncDisposable
{
    private const string Variable = "POSTHORN_TEST_POSTGRES";
    private readonly NpgsqlConnectionStringBuilder _server;
    private readonly string _name = $"e2e_{Guid.NewGuid():N}";

    private Database(string server) => _server = new NpgsqlConnectionStringBuilder(server) { Pooling = false };

    public string Host => _server.Host ?? "";

    public int Port => _server.Port;

    public static async Task<Database> StartAsync()
    {
        var server = Environment.GetEnvironmentVariable(Variable);
        Assert.SkipWhen(string.IsNullOrEmpty(server), $"No PostgreSQL: {Variable} holds no connection string.");
        var database = new Database(server ?? "");
        await database.DoAsync($"CREATE SCHEMA {database._name}");
        return database;
    }

    /// <summary>The settings of a worker that keeps its endpoints and its history there.</summary>
    /// <param name="port">Another port that leads there too.</param>
    public string[] Settings(int? port = null)
    {
        var place = new NpgsqlConnectionStringBuilder(_server.ConnectionString) { SearchPath = _name, Pooling = true, MaxPoolSize = 20, Port = port ?? Port };
        if (port is not null) place.Host = "127.0.0.1";
        return ["--store:kind=postgres", $"--store:postgres:connectionString={place}"];
    }

    public async ValueTask DisposeAsync() => await DoAsync($"DROP SCHEMA IF EXISTS {_name} CASCADE");

    private async Task DoAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(_server);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
