using Posthorn.Endpoints;
using Posthorn.Stores;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.Endpoints;

public sealed class EndpointDirectoryTests : IDisposable
{
    private readonly MemoryEndpointStore _store = new();
    private readonly EndpointDirectory _directory;

    public EndpointDirectoryTests() => _directory = new EndpointDirectory(_store, new FakeSealer());

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task It_knows_nothing_before_it_has_read_the_store_once()
    {
        _directory.IsLoaded.ShouldBeFalse();
        await RefreshAsync();
        (_directory.IsLoaded, Count).ShouldBe((true, 0));
    }

    [Fact]
    public async Task Changes_are_followed()
    {
        await PutAsync(Given.Endpoint("wh_1", "a"), Given.Endpoint("wh_2", "a"));
        Wanting("a").ShouldBe(["wh_1", "wh_2"]);

        await PutAsync(Given.Endpoint("wh_1", "b"), Given.Endpoint("wh_0", "a"), Given.Endpoint("wh_2", "a", status: EndpointStatus.Disabled));
        Wanting("a").ShouldBe(["wh_0", "wh_2"]);
        _directory.Find("wh_2").ShouldNotBeNull().Record.Status.ShouldBe(EndpointStatus.Disabled);

        await PutAsync(Given.Endpoint("wh_2", "a", status: EndpointStatus.Deleted));
        Wanting("a").ShouldBe(["wh_0"]);
        _directory.Find("wh_2").ShouldBeNull();
        Count.ShouldBe(2);
    }

    [Fact]
    public async Task More_than_a_page_is_read()
    {
        for (var i = 0; i < 2_500; i++) _store.Put(Given.Endpoint($"wh_{i}"));

        await RefreshAsync();

        Count.ShouldBe(2_500);
    }

    [Fact]
    public async Task What_has_not_changed_is_not_read_again_nor_opened_again()
    {
        await PutAsync(Given.Endpoint());
        var known = _directory.Find("wh_1");

        await PutAsync(Given.Endpoint("wh_2"));

        _directory.Find("wh_1").ShouldBeSameAs(known);
        known.ShouldNotBeNull().Secrets.ShouldBeSameAs(known.Secrets);
    }

    [Fact]
    public async Task Fault_18_while_the_store_is_away_what_is_known_stays()
    {
        await PutAsync(Given.Endpoint());
        _store.IsAway = true;

        await Should.ThrowAsync<StoreUnavailableException>(RefreshAsync());

        (_directory.IsLoaded, Count).ShouldBe((true, 1));
        _store.IsAway = false;
        await PutAsync(Given.Endpoint("wh_2"));
        Count.ShouldBe(2);
    }

    [Fact]
    public async Task An_id_is_exactly_itself()
    {
        await PutAsync(Given.Endpoint());

        _directory.Find("WH_1").ShouldBeNull();
        _directory.Find("").ShouldBeNull();
    }

    [Fact]
    public async Task Many_refreshes_at_once_lose_nothing()
    {
        for (var i = 0; i < 200; i++) _store.Put(Given.Endpoint($"wh_{i}"));

        await Parallel.ForAsync(0, 50, async (_, _) => await RefreshAsync());

        Count.ShouldBe(200);
    }

    /// <summary>How many endpoints it knows: all of these want a, b or both.</summary>
    private int Count => Wanting("a").Union(Wanting("b")).Count();

    private IEnumerable<string> Wanting(string type) => _directory.Wanting(type, tenant: null, isOperational: false).Select(endpoint => endpoint.Record.Id);

    private Task RefreshAsync() => _directory.RefreshAsync(CancellationToken.None);

    private Task PutAsync(params Endpoint[] endpoints)
    {
        foreach (var endpoint in endpoints) _store.Put(endpoint);
        return RefreshAsync();
    }
}
