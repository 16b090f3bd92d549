using System.Net.Sockets;
using Azure.Core;
using Azure.Identity;
using Npgsql;
using Posthorn.Sql;
using Posthorn.Stores;

namespace Posthorn.Postgres;

/// <summary>One PostgreSQL database as an <see cref="ISqlDatabase"/>.</summary>
internal sealed class PostgresDatabase : ISqlDatabase
{
    private const int MaxTries = 5;
    private const string AzureScope = "https://ossrdbms-aad.database.windows.net/.default";
    private static readonly TimeSpan TokenRefresh = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan TokenRetry = TimeSpan.FromSeconds(10);

    private readonly Lazy<NpgsqlDataSource> _source;

    public PostgresDatabase(PostgresOptions options)
    {
        var settings = options.Complete();
        Name = PostgresOptions.Place(settings);
        _source = new Lazy<NpgsqlDataSource>(() => Source(settings.ConnectionString, options.AzureIdentity));
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        if (await ReadAsync(PostgresSchema.IsCurrentAsync, cancellationToken)) return;
        await WriteAsync(Durability.Full, PostgresSchema.MigrateAsync, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<T> ReadAsync<T>(Func<SqlSession, Task<T>> work, CancellationToken cancellationToken) =>
        TranslatedAsync(connection => work(new SqlSession(connection, cancellationToken)), cancellationToken);

    /// <inheritdoc/>
    public Task<T> WriteAsync<T>(Durability durability, Func<SqlSession, Task<T>> work, CancellationToken cancellationToken) =>
        TranslatedAsync(async connection =>
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            var result = await work(new SqlSession(connection, cancellationToken));
            await transaction.CommitAsync(cancellationToken);
            return result;
        }, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<long>> PositionsAsync(SqlSession sql, int count) =>
        sql.QueryAsync<long>("SELECT nextval('delivery_positions') FROM generate_series(1, @count)", new { count });

    /// <inheritdoc/>
    public Task InsertAsync(SqlSession sql, RowInsert insert, IReadOnlyList<object?[]> rows) => RowBatches.InsertAsync(sql, insert, rows);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _source.IsValueCreated ? _source.Value.DisposeAsync() : ValueTask.CompletedTask;

    private static NpgsqlDataSource Source(string connectionString, bool azureIdentity)
    {
        var builder = new NpgsqlDataSourceBuilder(connectionString);

        // A machine that vanishes within a transaction holds up the others no longer than this.
        const string Vanished = "SET idle_in_transaction_session_timeout = '60s'";
        builder.UsePhysicalConnectionInitializer(connection => Run(connection, Vanished), connection => RunAsync(connection, Vanished));
        if (!azureIdentity) return builder.Build();

        var credential = new DefaultAzureCredential();
        return builder.UsePeriodicPasswordProvider(
            async (_, cancellationToken) => (await credential.GetTokenAsync(new TokenRequestContext([AzureScope]), cancellationToken)).Token,
            TokenRefresh,
            TokenRetry).Build();
    }

    private static void Run(NpgsqlConnection connection, string sql)
    {
        using var command = new NpgsqlCommand(sql, connection);
        command.ExecuteNonQuery();
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Runs the work on a connection; again, when it lost against another transaction.</summary>
    private async Task<T> TranslatedAsync<T>(Func<NpgsqlConnection, Task<T>> work, CancellationToken cancellationToken)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                await using var connection = await _source.Value.OpenConnectionAsync(cancellationToken);
                return await work(connection);
            }
            catch (PostgresException lost) when (tries < MaxTries && HasLost(lost))
            {
                // PostgreSQL rolled it back; the other one is through by now.
            }
            catch (Exception broken) when (IsOutOfReach(broken))
            {
                cancellationToken.ThrowIfCancellationRequested();
                throw new StoreUnavailableException($"{Name}: {Explain(broken)}", broken);
            }
        }
    }

    private static bool HasLost(PostgresException error) => error.SqlState is PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure;

    /// <summary>Whether trying again later may help; what a statement or its data did wrong stays wrong (SQLSTATE classes 21 to 23 and 42).</summary>
    private static bool IsOutOfReach(Exception error) =>
        error is not PostgresException { SqlState: ['2', '1' or '2' or '3', ..] or ['4', '2', ..] } && error is NpgsqlException or SocketException or TimeoutException or IOException or AuthenticationFailedException or ObjectDisposedException;

    /// <summary>The cause in one line. PostgreSQL's own words name no values but those it calls details, which are not asked for.</summary>
    private static string Explain(Exception broken)
    {
        var cause = broken switch
        {
            PostgresException refused => $"{refused.MessageText} ({refused.SqlState})",
            NpgsqlException { InnerException: { } inner } => Explain(inner),
            AuthenticationFailedException => "no token of Azure's identity can be had",
            ObjectDisposedException => "the store is closed",
            TimeoutException => "no answer in time",
            _ => broken.Message,
        };
        return cause.ReplaceLineEndings(" ");
    }
}
