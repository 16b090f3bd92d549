using Posthorn.History;

namespace Posthorn.ContractTests.Stores;

/// <summary>What the delivery log is asked for.</summary>
public abstract class DeliveryQueryContract : StoreFacts
{
    [Fact]
    public async Task Pages_are_newest_first_and_stable_while_more_comes()
    {
        for (var i = 0; i < 7; i++) await WriteAsync(ADelivery($"d{i}"));

        var first = await Log.DeliveriesAsync(new DeliveryQuery { Max = 3 }, default);
        await WriteAsync(ADelivery("new"), ADelivery("d1") with { LastAt = Now.AddDays(1) });
        var second = await Log.DeliveriesAsync(new DeliveryQuery { Max = 3, Before = first[^1].Position }, default);
        var third = await Log.DeliveriesAsync(new DeliveryQuery { Max = 3, Before = second[^1].Position }, default);

        first.Concat(second).Concat(third).Select(delivery => delivery.DeliveryId).ShouldBe(["d6", "d5", "d4", "d3", "d2", "d1", "d0"]);
    }

    [Fact]
    public async Task Each_condition_narrows()
    {
        var odd = ADelivery("odd") with
        {
            EndpointId = "wh_1",
            Tenant = "acme",
            Type = "job.done",
            Profile = "proposal",
            Status = 503,
            State = DeliveryState.Retrying,
            Destination = "https://other.example/a_b",
            FirstAt = Now.AddHours(1),
        };
        await WriteAsync(odd, ADelivery("plain"));
        DeliveryQuery[] queries =
        [
            new() { Max = 9, EndpointId = "wh_1" }, new() { Max = 9, EventId = "odd" }, new() { Max = 9, Tenant = "acme" }, new() { Max = 9, Type = "job.done" },
            new() { Max = 9, Type = "job.*" }, new() { Max = 9, Status = 503 }, new() { Max = 9, State = DeliveryState.Retrying }, new() { Max = 9, Profile = "proposal" },
            new() { Max = 9, Destination = "https://other.example/a_" }, new() { Max = 9, Since = Now.AddHours(1) },
        ];

        foreach (var query in queries) (await PageAsync(query)).ShouldBe(["odd"], query.ToString());

        (await PageAsync(new DeliveryQuery { Max = 9, Until = Now.AddHours(1) })).ShouldBe(["plain"]);
        (await PageAsync(new DeliveryQuery { Max = 9, EndpointId = "wh_1", Tenant = "other" })).ShouldBeEmpty();
        (await PageAsync(new DeliveryQuery { Max = 9, Type = "*" })).ShouldBe(["plain", "odd"]);
    }

    [Fact]
    public async Task A_family_of_types_is_told_by_its_exact_beginning()
    {
        foreach (var type in new[] { "job.done", "job.", "job", "jobs.done", "Job.done", "jobX", "a%.b", "axx.b", "a_c.d", "abc.d" }) await WriteAsync(ADelivery(type) with { Type = type });

        (await PageAsync(new DeliveryQuery { Max = 99, Type = "job.*" })).ShouldBe(["job.", "job.done"]);
        (await PageAsync(new DeliveryQuery { Max = 99, Type = "a%.*" })).ShouldBe(["a%.b"]);
        (await PageAsync(new DeliveryQuery { Max = 99, Type = "a_c.*" })).ShouldBe(["a_c.d"]);
    }

    [Theory]
    [MemberData(nameof(AwkwardTexts))]
    public async Task A_destination_is_told_by_its_exact_beginning(string beginning)
    {
        await WriteAsync(ADelivery("it") with { Destination = beginning + "/more" }, ADelivery("other") with { Destination = "x" + beginning.ToUpperInvariant() });

        (await PageAsync(new DeliveryQuery { Max = 9, Destination = beginning })).ShouldContain("it");
        if (beginning.Length > 0) (await PageAsync(new DeliveryQuery { Max = 9, Destination = beginning })).ShouldNotContain("other");
    }

    [Fact]
    public async Task The_deliveries_of_an_event_are_found_whatever_they_are_named()
    {
        await WriteAsync(
            ADelivery("evt_1"),
            ADelivery("evt_1.wh_1") with { EventId = "evt_1" },
            ADelivery("evt_1.wh_2") with { EventId = "evt_1" },
            ADelivery("resent") with { EventId = "evt_1" },
            ADelivery("evt_1.own") with { EventId = "evt_1.own" },
            ADelivery("evt_1.own.wh_1") with { EventId = "evt_1.own" },
            ADelivery("evt_1.own.wh_9") with { EventId = "evt_1" },
            ADelivery("evt_10"),
            ADelivery("evt_1_0.wh_1") with { EventId = "evt_1_0" });

        (await PageAsync(new DeliveryQuery { Max = 9, EventId = "evt_1" })).ShouldBe(["evt_1.own.wh_9", "resent", "evt_1.wh_2", "evt_1.wh_1", "evt_1"]);
        (await PageAsync(new DeliveryQuery { Max = 9, EventId = "evt_1.own" })).ShouldBe(["evt_1.own.wh_1", "evt_1.own"]);
        (await DeliveryAsync("evt_1.wh_2")).EventId.ShouldBe("evt_1");
        (await DeliveryAsync("evt_1.own")).EventId.ShouldBe("evt_1.own");
        (await DeliveryAsync("resent")).EventId.ShouldBe("evt_1");
    }

    [Fact]
    public async Task Known_deliveries_are_told_of_any_number()
    {
        await WriteAsync([.. Enumerable.Range(0, 500).Select(i => ADelivery($"d{i}"))]);

        var known = await Log.KnownDeliveriesAsync([.. Enumerable.Range(0, 1000).Select(i => $"d{i}")], default);

        known.Order().ShouldBe(Enumerable.Range(0, 500).Select(i => $"d{i}").Order());
        (await Log.KnownDeliveriesAsync([], default)).ShouldBeEmpty();
    }

    [Fact]
    public async Task An_unknown_delivery_is_none()
    {
        (await Log.FindDeliveryAsync("none", default)).ShouldBeNull();
        (await PageAsync(new DeliveryQuery { Max = 0 })).ShouldBeEmpty();
        (await PageAsync(new DeliveryQuery { Max = -1 })).ShouldBeEmpty();
    }

    [Fact]
    public async Task Old_deliveries_are_pruned_by_their_newest_record_some_at_a_time()
    {
        for (var i = 0; i < 5; i++) await WriteAsync(ADelivery($"old{i}"));
        await WriteAsync(ADelivery("old0") with { LastAt = Now.AddDays(2) });
        await WriteAsync(ADelivery("young") with { FirstAt = Now.AddDays(2), LastAt = Now.AddDays(2) });

        (await Log.PruneAsync(Now.AddDays(1), Now.AddDays(1), 3, default)).ShouldBe(3);
        (await Log.PruneAsync(Now.AddDays(1), Now.AddDays(1), 3, default)).ShouldBe(1);

        (await PageAsync(new DeliveryQuery { Max = 9 })).ShouldBe(["young", "old0"]);
    }
}
