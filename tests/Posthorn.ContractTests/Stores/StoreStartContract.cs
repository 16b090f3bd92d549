using Posthorn.Stores;

namespace Posthorn.ContractTests.Stores;

/// <summary>How the stores start, alone and together, and that what is in them stays.</summary>
public abstract class StoreStartContract : StoreFacts
{
    /// <summary>A query for how often the schema's scripts were run.</summary>
    protected abstract string Migrations { get; }

    [Fact]
    public async Task Processes_that_start_at_once_migrate_once()
    {
        await using var fresh = NewHarness();
        await fresh.CreateAsync();

        var stores = await AtOnceAsync(4, async _ =>
        {
            IStores opened;
            lock (fresh) opened = fresh.Open();
            await opened.PrepareAsync(default);
            return opened;
        });

        Convert.ToInt64(await fresh.ReadAsync(Migrations)).ShouldBe(1);
        await stores[0].Endpoints.AddAsync(AnEndpoint("wh_1"), default);
        foreach (var each in stores) (await each.Endpoints.FindAsync("wh_1", default)).ShouldNotBeNull();
    }

    [Fact]
    public async Task Opened_again_the_stores_have_what_they_had()
    {
        var endpoint = await Stores.Endpoints.AddAsync(AnEndpoint("wh_1"), default);
        await WriteAsync(ADelivery("a"));
        await Harness.CloseAsync();

        var again = await OpenAsync();

        (await again.Endpoints.FindAsync("wh_1", default)).ShouldNotBeNull().Revision.ShouldBe(endpoint.Revision);
        (await again.Log.FindDeliveryAsync("a", default)).ShouldNotBeNull();
    }

    [Fact]
    public async Task Prepared_stores_are_prepared_again_for_nothing()
    {
        await Stores.PrepareAsync(default);
        await Stores.PrepareAsync(default);

        Convert.ToInt64(await Harness.ReadAsync(Migrations)).ShouldBe(1);
    }

    [Fact]
    public async Task Closed_stores_say_so()
    {
        var closed = await OpenAsync();
        await closed.Keys.ListAsync(default);
        await closed.DisposeAsync();
        await closed.DisposeAsync();

        (await Should.ThrowAsync<StoreUnavailableException>(() => closed.Keys.ListAsync(default))).Message.ShouldContain("the store is closed");
        (await Should.ThrowAsync<StoreUnavailableException>(() => closed.Endpoints.AddAsync(AnEndpoint("wh_1"), default))).Message.ShouldContain("the store is closed");
    }
}
