using Npgsql;
using Posthorn.ContractTests.Stores;
using Posthorn.Postgres;
using Posthorn.Stores;

namespace Posthorn.ContractTests.Postgres;

/// <summary>One schema of the server that <c>POSTHORN_TEST_POSTGRES</c> leads to, with a name of its own.</summary>
public sealed class PostgresStoreHarness : StoreHarness
{
    private readonly string _schema = $"facts_{Guid.NewGuid():N}";

    /// <summary>The connection string of the test server; skips the fact when there is none.</summary>
    public static string Server
    {
        get
        {
            var server = Environment.GetEnvironmentVariable("POSTHORN_TEST_POSTGRES");
            Assert.SkipWhen(string.IsNullOrEmpty(server), "No PostgreSQL: POSTHORN_TEST_POSTGRES holds no connection string.");
            return server ?? "";
        }
    }

    /// <summary>The connection string of this harness's schema.</summary>
    public string ConnectionString => new NpgsqlConnectionStringBuilder(Server) { SearchPath = _schema, MaxPoolSize = 10 }.ToString();

    /// <inheritdoc/>
    public override Task CreateAsync() => ReadAsync($"CREATE SCHEMA {_schema}");

    /// <inheritdoc/>
    public override async Task<object?> ReadAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(ConnectionString) { Pooling = false });
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }

    /// <inheritdoc/>
    protected override IStores OpenCore() => PostgresStores.Open(new PostgresOptions { ConnectionString = ConnectionString });

    /// <inheritdoc/>
    protected override async Task RemoveAsync()
    {
        if (Environment.GetEnvironmentVariable("POSTHORN_TEST_POSTGRES") is { Length: > 0 }) await ReadAsync($"DROP SCHEMA IF EXISTS {_schema} CASCADE");
    }
}
