using System.Reflection;
using Posthorn.Stores;

namespace Posthorn.ContractTests.Stores;

/// <summary>How the stores start, alone and together, and that what is in them stays.</summary>
public abstract class StoreStartContract : StoreFacts
{
    /// <summary>A query for how often the schema's scripts were run.</summary>
    protected abstract string Migrations { get; }

    /// <summary>What the first version made of an empty database.</summary>
    protected abstract string FirstSchema { get; }

    [Fact]
    public async Task Processes_that_start_at_once_migrate_once()
    {
        await using var fresh = NewHarness();
        await fresh.CreateAsync();

        var stores = await AtOnceAsync(4, _ => OpenAsync(fresh));

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
    public async Task A_database_of_the_first_version_is_brought_up_to_date_with_what_is_in_it()
    {
        await using var old = NewHarness();
        await old.CreateAsync();
        await old.ReadAsync(FirstSchema);
        await old.ReadAsync("INSERT INTO event_types VALUES ('document.created', 'A document', NULL, 7)");
        await old.ReadAsync("INSERT INTO throttles VALUES ('a task', 1, 2, 3, 4)");

        var stores = old.Open();
        await stores.PrepareAsync(default);

        (await stores.Endpoints.EventTypesAsync(default)).ShouldHaveSingleItem().Description.ShouldBe("A document");
        (await old.ReadAsync("SELECT key FROM throttles WHERE held = 4")).ShouldBe("a task");
        await stores.Runs.AddAsync(ADeadLetterRun("run_1"), default);
        (await stores.Runs.FindAsync("run_1", default)).ShouldNotBeNull();
        Convert.ToInt64(await old.ReadAsync(Migrations)).ShouldBe(1);
    }

    [Fact]
    public async Task Processes_that_start_at_once_bring_an_old_database_up_once()
    {
        await using var old = NewHarness();
        await old.CreateAsync();
        await old.ReadAsync(FirstSchema);

        var stores = await AtOnceAsync(4, _ => OpenAsync(old));

        Convert.ToInt64(await old.ReadAsync(Migrations)).ShouldBe(1);
        await stores[0].Runs.AddAsync(ADeadLetterRun("run_1"), default);
        foreach (var each in stores) (await each.Runs.FindAsync("run_1", default)).ShouldNotBeNull();
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

    /// <summary>The schema's first script, as it is embedded.</summary>
    protected static string FirstScript(Assembly assembly)
    {
        ArgumentNullException.ThrowIfNull(assembly);
        var name = assembly.GetManifestResourceNames().Single(name => name.EndsWith(".001-stores.sql", StringComparison.Ordinal));
        using var reader = new StreamReader(assembly.GetManifestResourceStream(name) ?? Stream.Null);
        return reader.ReadToEnd();
    }

    /// <summary>Opens a harness's stores as one of several at once: the harness itself is for one.</summary>
    private static async Task<IStores> OpenAsync(StoreHarness harness)
    {
        IStores opened;
        lock (harness) opened = harness.Open();
        await opened.PrepareAsync(default);
        return opened;
    }
}
