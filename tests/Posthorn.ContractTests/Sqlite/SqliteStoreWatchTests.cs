using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Posthorn.Access;
using Posthorn.Endpoints;
using Posthorn.Sqlite;
using Posthorn.Stores;
using Posthorn.Tests.Support;

namespace Posthorn.ContractTests.Sqlite;

/// <summary>How soon one process knows what another one put into the embedded store.</summary>
public sealed class SqliteStoreWatchTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _clock = new();
    private readonly IStores _own;
    private readonly IStores _others;
    private readonly EndpointDirectory _endpoints;
    private readonly StoreWatch _watch;

    public SqliteStoreWatchTests()
    {
        (_own, _others) = (SqliteStores.Open(_folder.File("store.db")), SqliteStores.Open(_folder.File("store.db")));
        _endpoints = new EndpointDirectory(_own.Endpoints, new FakeSealer());
        _watch = new StoreWatch(_own, _endpoints, new EventTypeDirectory(_own.Endpoints), new ApiKeyDirectory(_own.Keys, []), _clock, NullLogger<StoreWatch>.Instance);
    }

    public async ValueTask InitializeAsync() => await _watch.StartAsync(default);

    public async ValueTask DisposeAsync()
    {
        await _watch.StopAsync(default);
        _watch.Dispose();
        _endpoints.Dispose();
        await _own.DisposeAsync();
        await _others.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task What_another_process_registers_is_known_within_a_second()
    {
        await _others.Endpoints.AddAsync(Given.Endpoint("wh_1"), default);
        await _clock.RunUntilAsync(() => _endpoints.Find("wh_1") is not null); // From here on it looks.

        await _others.Endpoints.AddAsync(Given.Endpoint("wh_2"), default);
        _clock.Advance(TimeSpan.FromSeconds(1));

        await _clock.RunUntilAsync(() => _endpoints.Find("wh_2") is not null, step: TimeSpan.Zero);
    }
}
