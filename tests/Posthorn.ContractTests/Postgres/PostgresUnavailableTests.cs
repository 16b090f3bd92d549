using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;
using Posthorn.Postgres;
using Posthorn.Stores;
using Posthorn.TestSupport;

namespace Posthorn.ContractTests.Postgres;

/// <summary>A server that cannot be used, and a schema that may not.</summary>
public sealed class PostgresUnavailableTests : IAsyncDisposable
{
    private readonly PostgresStoreHarness _harness = new();

    [Fact]
    public async Task A_server_that_refuses_is_unavailable()
    {
        await using var stores = PostgresStores.Open(new PostgresOptions { ConnectionString = $"Host=127.0.0.1;Port={Ports.Free()};Database=d;Username=u;Password=hunter2" });

        foreach (var use in new Func<Task>[] { () => stores.PrepareAsync(default), () => stores.Keys.ListAsync(default), () => stores.Endpoints.RemoveEventTypeAsync("a", default) })
        {
            var refused = await Should.ThrowAsync<StoreUnavailableException>(use);
            refused.Message.ShouldStartWith(stores.Name);
            refused.Message.ShouldNotContain("\n");
            refused.ToString().ShouldNotContain("hunter2");
        }
    }

    [Fact]
    public async Task A_server_that_does_not_answer_is_unavailable_within_the_connect_timeout()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var port = ((IPEndPoint)silent.LocalEndpoint).Port;
        await using var stores = PostgresStores.Open(new PostgresOptions { ConnectionString = $"Host=127.0.0.1;Port={port};Database=d;Username=u;Timeout=1" });
        var clock = Stopwatch.StartNew();

        (await Should.ThrowAsync<StoreUnavailableException>(() => stores.Keys.ListAsync(default))).Message.ShouldEndWith("no answer in time");

        clock.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task A_wrong_database_is_named_without_the_password()
    {
        await using var stores = PostgresStores.Open(new PostgresOptions { ConnectionString = new NpgsqlConnectionStringBuilder(PostgresStoreHarness.Server) { Database = "no such", Password = "hunter2" }.ToString() });

        var refused = await Should.ThrowAsync<StoreUnavailableException>(() => stores.PrepareAsync(default));

        refused.Message.ShouldContain("(3D000)");
        refused.ToString().ShouldNotContain("hunter2");
    }

    [Fact]
    public async Task A_schema_of_a_newer_version_is_refused()
    {
        await _harness.CreateAsync();
        var stores = _harness.Open();
        await stores.PrepareAsync(default);
        await _harness.ReadAsync("INSERT INTO posthorn_schema (version) VALUES (999)");

        (await Should.ThrowAsync<StoreSchemaException>(() => stores.PrepareAsync(default))).Message.ShouldContain("newer Posthorn (schema 999");
    }

    [Fact]
    public async Task What_is_cancelled_is_cancelled_and_not_unavailable()
    {
        await _harness.CreateAsync();
        var stores = _harness.Open();
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => stores.Keys.ListAsync(stop.Token));
    }

    [Fact]
    public async Task A_server_that_ends_connections_is_used_again_when_it_is_back()
    {
        await _harness.CreateAsync();
        var stores = _harness.Open();
        await stores.PrepareAsync(default);
        var user = new NpgsqlConnectionStringBuilder(_harness.ConnectionString).SearchPath;
        await _harness.ReadAsync($"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND query LIKE '%{user}%'");

        await StoresAnswerAsync(stores);
    }

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    private static async Task StoresAnswerAsync(IStores stores)
    {
        for (var tries = 0; tries < 3; tries++)
        {
            try
            {
                (await stores.Keys.ListAsync(default)).ShouldBeEmpty();
                return;
            }
            catch (StoreUnavailableException)
            {
                // The pool's connection of before.
            }
        }

        throw new InvalidOperationException("The stores do not answer.");
    }
}
