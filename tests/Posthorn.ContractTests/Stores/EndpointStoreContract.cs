using System.Collections.Concurrent;
using Posthorn.Endpoints;

namespace Posthorn.ContractTests.Stores;

/// <summary>Endpoints: their revisions, and that nobody's change is lost or overlooked.</summary>
public abstract class EndpointStoreContract : StoreFacts
{
    private IEndpointStore Endpoints => Stores.Endpoints;

    [Fact]
    public async Task An_endpoint_comes_back_as_it_was()
    {
        var endpoint = AnEndpoint("wh_full") with
        {
            Description = "« ünï » 🦉",
            Tenant = "acme",
            RateLimit = 7,
            Status = EndpointStatus.Disabled,
            DisabledReason = "410",
            DisabledAt = Now.AddHours(-1),
            FailingSince = Now.AddHours(-2),
            HasSuffered = true,
        };

        var added = await Endpoints.AddAsync(endpoint, default);

        added.Revision.ShouldBeGreaterThan(0);
        Same(added, endpoint with { Revision = added.Revision });
        Same(await FoundAsync("wh_full"), added);
    }

    [Fact]
    public async Task What_an_endpoint_does_not_say_comes_back_unsaid()
    {
        var found = await Endpoints.AddAsync(AnEndpoint("wh_bare") with { Events = [] }, default);

        (found.Description, found.Tenant, found.RateLimit, found.DisabledReason, found.DisabledAt, found.FailingSince).ShouldBe((null, null, null, null, null, null));
        found.Events.ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(AwkwardTexts))]
    public async Task Awkward_texts_come_back(string text)
    {
        await Endpoints.AddAsync(AnEndpoint("wh_1") with { Description = text, Tenant = text, Events = [text] }, default);

        var found = await FoundAsync("wh_1");

        (found.Description, found.Tenant, found.Events[0]).ShouldBe((text, text, text));
        (await Endpoints.ListAsync(text, null, 9, default)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Times_come_back_in_UTC()
    {
        var local = new DateTimeOffset(2026, 7, 1, 14, 0, 0, 5, TimeSpan.FromHours(2));
        var added = await Endpoints.AddAsync(AnEndpoint("wh_1") with { CreatedAt = local }, default);

        added.CreatedAt.ShouldBe(local);
        added.CreatedAt.Offset.ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public async Task There_is_no_endpoint_of_an_unknown_id()
    {
        (await Endpoints.FindAsync("wh_none", default)).ShouldBeNull();
        (await Endpoints.FindAsync("wh\0none", default)).ShouldBeNull();
    }

    [Fact]
    public async Task A_change_takes_the_next_revision()
    {
        var first = await Endpoints.AddAsync(AnEndpoint("wh_1"), default);
        var second = await Endpoints.AddAsync(AnEndpoint("wh_2"), default);

        var changed = (await Endpoints.UpdateAsync(first with { RateLimit = 3 }, default)).ShouldNotBeNull();

        second.Revision.ShouldBeGreaterThan(first.Revision);
        changed.Revision.ShouldBeGreaterThan(second.Revision);
        (await FoundAsync("wh_1")).RateLimit.ShouldBe(3);
    }

    [Fact]
    public async Task A_change_of_what_was_changed_meanwhile_is_refused()
    {
        var read = await Endpoints.AddAsync(AnEndpoint("wh_1"), default);
        await Endpoints.UpdateAsync(read with { Description = "theirs" }, default);

        (await Endpoints.UpdateAsync(read with { Description = "mine" }, default)).ShouldBeNull();

        (await FoundAsync("wh_1")).Description.ShouldBe("theirs");
    }

    [Fact]
    public async Task Of_changes_at_once_one_wins()
    {
        var other = await OpenAsync();
        var read = await Endpoints.AddAsync(AnEndpoint("wh_1"), default);

        var outcomes = await AtOnceAsync(8, i => (i % 2 == 0 ? Stores : other).Endpoints.UpdateAsync(read with { Description = $"{i}" }, default));

        var winner = outcomes.OfType<Endpoint>().ShouldHaveSingleItem();
        Same(await FoundAsync("wh_1"), winner);
    }

    [Fact]
    public async Task Of_a_deleted_endpoint_only_the_news_is_left()
    {
        var endpoint = await Endpoints.AddAsync(AnEndpoint("wh_1") with { Description = "secret plans" }, default);

        var deleted = (await Endpoints.UpdateAsync(endpoint with { Status = EndpointStatus.Deleted }, default)).ShouldNotBeNull();

        (deleted.Sealed, deleted.Description).ShouldBe(("", null));
        (await Endpoints.FindAsync("wh_1", default)).ShouldBeNull();
        (await Endpoints.ListAsync(null, null, 9, default)).ShouldBeEmpty();
        (await Endpoints.UpdateAsync(deleted with { Status = EndpointStatus.Active }, default)).ShouldBeNull();
        var news = (await Endpoints.ChangesAsync(endpoint.Revision, 9, default)).ShouldHaveSingleItem();
        (news.Id, news.Status, news.Revision).ShouldBe(("wh_1", EndpointStatus.Deleted, deleted.Revision));
    }

    [Fact]
    public async Task Pages_are_in_the_order_of_ids_and_of_one_tenant_when_asked()
    {
        foreach (var id in new[] { "wh_c", "wh_B", "wh_a", "wh_é", "wh_d" })
            await Endpoints.AddAsync(AnEndpoint(id) with { Tenant = id is "wh_a" or "wh_d" ? "acme" : null }, default);

        Ids(await Endpoints.ListAsync(null, null, 3, default)).ShouldBe(["wh_B", "wh_a", "wh_c"]);
        Ids(await Endpoints.ListAsync(null, "wh_c", 3, default)).ShouldBe(["wh_d", "wh_é"]);
        Ids(await Endpoints.ListAsync("acme", null, 3, default)).ShouldBe(["wh_a", "wh_d"]);
        Ids(await Endpoints.ListAsync("acm%", null, 3, default)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Who_reads_the_changes_while_many_write_misses_none()
    {
        var other = await OpenAsync();
        using var reading = new CancellationTokenSource();
        var seen = new ConcurrentQueue<long>();
        var reader = Task.Run(async () =>
        {
            for (var last = 0L; !reading.IsCancellationRequested || (await Endpoints.ChangesAsync(last, 1, default)).Count > 0;)
                foreach (var change in await other.Endpoints.ChangesAsync(last, 7, default)) seen.Enqueue(last = change.Revision);
        });

        var added = await AtOnceAsync(8, async i =>
        {
            var revisions = new List<long>();
            for (var n = 0; n < 15; n++) revisions.Add((await (i % 2 == 0 ? Stores : other).Endpoints.AddAsync(AnEndpoint($"wh_{i}_{n}"), default)).Revision);
            return revisions;
        });
        await reading.CancelAsync();
        await reader.WaitAsync(Patience);

        seen.ShouldBe(added.SelectMany(revisions => revisions).Order());
    }

    [Fact]
    public async Task Event_types_are_put_replaced_and_removed()
    {
        await Endpoints.PutEventTypeAsync(new EventType { Name = "b.two", UpdatedAt = Now }, default);
        await Endpoints.PutEventTypeAsync(new EventType { Name = "a.one", Description = "old", Schema = "{}", UpdatedAt = Now }, default);
        await Endpoints.PutEventTypeAsync(new EventType { Name = "a.one", Description = "new", Schema = """{"type":"object"}""", UpdatedAt = Now.AddDays(1) }, default);

        (await Endpoints.EventTypesAsync(default)).ShouldBe([
            new EventType { Name = "a.one", Description = "new", Schema = """{"type":"object"}""", UpdatedAt = Now.AddDays(1) },
            new EventType { Name = "b.two", UpdatedAt = Now },
        ]);
        (await Endpoints.RemoveEventTypeAsync("a.one", default)).ShouldBeTrue();
        (await Endpoints.RemoveEventTypeAsync("a.one", default)).ShouldBeFalse();
        (await Endpoints.EventTypesAsync(default)).ShouldHaveSingleItem();
    }

    private async Task<Endpoint> FoundAsync(string id) => (await Endpoints.FindAsync(id, default)).ShouldNotBeNull();

    private static IEnumerable<string> Ids(IEnumerable<Endpoint> endpoints) => endpoints.Select(endpoint => endpoint.Id);

    private static void Same(Endpoint found, Endpoint expected)
    {
        found.Events.ShouldBe(expected.Events);
        (found with { Events = expected.Events }).ShouldBe(expected);
    }
}
