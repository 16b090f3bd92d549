using System.Collections.Concurrent;
using Posthorn.History;

namespace Posthorn.ContractTests.Stores;

/// <summary>The archive of events, and the status of what they are about.</summary>
public abstract class EventArchiveContract : StoreFacts
{
    [Fact]
    public async Task An_event_comes_back_byte_for_byte()
    {
        byte[] everyByte = [.. Enumerable.Range(0, 256).Select(value => (byte)value)];
        var full = AnEvent("evt_1") with { Tenant = "acme", Subject = "s", Profile = "proposal", IsOperational = true, Data = everyByte };
        await WriteAsync(full, AnEvent("evt_2") with { Data = default });

        var found = (await Log.FindEventAsync("evt_1", default)).ShouldNotBeNull();

        found.Data.ToArray().ShouldBe(everyByte);
        found.Position.ShouldBeGreaterThan(0);
        (found with { Position = 0, Data = full.Data }).ShouldBe(full);
        (await Log.FindEventAsync("evt_2", default)).ShouldNotBeNull().Data.IsEmpty.ShouldBeTrue();
        (await Log.FindEventAsync("evt_3", default)).ShouldBeNull();
    }

    [Fact]
    public async Task An_event_and_a_status_stay_as_they_were_first()
    {
        await WriteAsync(AnEvent("evt_1"), AnEvent("evt_1") with { Type = "second" });
        await WriteAsync(AnEvent("evt_1") with { Type = "third" });
        await WriteAsync(AStatus("task", "evt_1"), AStatus("task", "evt_1") with { Type = "second" });
        await WriteAsync(AStatus("task", "evt_1") with { Type = "third" });

        (await Log.FindEventAsync("evt_1", default)).ShouldNotBeNull().Type.ShouldBe("document.created");
        (await Log.StatusAsync("task", null, Now, 9, default)).ShouldHaveSingleItem().Type.ShouldBe("task.progress");
    }

    [Fact]
    public async Task Events_of_a_time_are_paged_oldest_first()
    {
        await WriteAsync([.. Enumerable.Range(0, 9).Select(i => AnEvent($"evt_{i}", Now.AddSeconds(i)))]);

        var first = await Log.EventsAsync(Now.AddSeconds(2), Now.AddSeconds(7), 0, 3, default);
        var second = await Log.EventsAsync(Now.AddSeconds(2), Now.AddSeconds(7), first[^1].Position, 3, default);

        first.Concat(second).Select(archived => archived.Id).ShouldBe(["evt_2", "evt_3", "evt_4", "evt_5", "evt_6"]);
    }

    [Fact]
    public async Task Who_pages_events_while_many_write_misses_none()
    {
        var other = await OpenAsync();
        using var reading = new CancellationTokenSource();
        var seen = new ConcurrentQueue<string>();
        var reader = Task.Run(async () =>
        {
            for (var last = 0L; !reading.IsCancellationRequested || (await Log.EventsAsync(Now, Now.AddDays(1), last, 1, default)).Count > 0;)
            {
                foreach (var archived in await other.Log.EventsAsync(Now, Now.AddDays(1), last, 50, default))
                {
                    seen.Enqueue(archived.Id);
                    last = archived.Position;
                }
            }
        });

        await AtOnceAsync(8, async i =>
        {
            for (var n = 0; n < 10; n++)
                await (i % 2 == 0 ? Stores : other).Log.WriteAsync(new HistoryBatch([], [AnEvent($"evt_{i}_{n}a"), AnEvent($"evt_{i}_{n}b")], []), default);
            return i;
        });
        await reading.CancelAsync();
        await reader.WaitAsync(Patience);

        seen.Count.ShouldBe(160);
        seen.Distinct().Count().ShouldBe(160);
    }

    [Fact]
    public async Task A_task_s_status_is_told_oldest_first_and_of_too_much_the_newest()
    {
        await WriteAsync(AStatus("task", "evt_2", Now.AddSeconds(2)), AStatus("task", "evt_1", Now.AddSeconds(1)), AStatus("task", "evt_3", Now.AddSeconds(3)), AStatus("other", "evt_4"));

        Ids(await Log.StatusAsync("task", null, Now, 9, default)).ShouldBe(["evt_1", "evt_2", "evt_3"]);
        Ids(await Log.StatusAsync("task", null, Now, 2, default)).ShouldBe(["evt_2", "evt_3"]);
        Ids(await Log.StatusAsync("task", null, Now.AddSeconds(2), 9, default)).ShouldBe(["evt_2", "evt_3"]);
    }

    [Fact]
    public async Task Of_two_of_one_time_the_later_accepted_is_the_newer()
    {
        var late = AStatus("task", "late") with { AcceptedAt = Now.AddSeconds(2) };
        var early = AStatus("task", "early") with { AcceptedAt = Now.AddSeconds(1) };
        var finer = AStatus("task", "finer") with { Time = Now.AddTicks(-1), AcceptedAt = Now.AddSeconds(3) };
        await WriteAsync(late, early, finer);

        Ids(await Log.StatusAsync("task", null, Now, 9, default)).ShouldBe(["finer", "early", "late"]);
        (await Log.StatusAsync("task", null, Now, 9, default))[0].Time.ShouldBe(finer.Time);
    }

    [Fact]
    public async Task A_status_is_told_to_its_tenant()
    {
        await WriteAsync(AStatus("task", "evt_1") with { Tenant = "acme" }, AStatus("task", "evt_2") with { Tenant = "other" }, AStatus("task", "evt_3"));

        Ids(await Log.StatusAsync("task", "acme", Now, 9, default)).ShouldBe(["evt_1"]);
        Ids(await Log.RecentStatusAsync("acme", Now, 9, default)).ShouldBe(["evt_1"]);
        (await Log.StatusAsync("task", null, Now, 9, default)).Count.ShouldBe(3);
    }

    [Fact]
    public async Task Recent_status_is_told_newest_first()
    {
        await WriteAsync([.. Enumerable.Range(0, 5).Select(i => AStatus($"task{i % 2}", $"evt_{i}", Now.AddSeconds(i)))]);

        Ids(await Log.RecentStatusAsync(null, Now.AddSeconds(1), 3, default)).ShouldBe(["evt_4", "evt_3", "evt_2"]);
        Ids(await Log.RecentStatusAsync(null, Now.AddSeconds(1), 9, default)).ShouldBe(["evt_4", "evt_3", "evt_2", "evt_1"]);
    }

    [Theory]
    [InlineData(9000)]
    [InlineData(128)]
    public async Task A_task_s_name_may_be_of_any_length(int length)
    {
        var (one, two) = (new string('é', length) + "1", new string('é', length) + "2");
        await WriteAsync(AStatus(one, "evt_1"), AStatus(two, "evt_2"));

        var entry = (await Log.StatusAsync(one, null, Now, 9, default)).ShouldHaveSingleItem();

        (entry.Entity, entry.EventId).ShouldBe((one, "evt_1"));
        entry.Data.ToArray().ShouldBe(AStatus(one, "evt_1").Data.ToArray());
    }

    [Theory]
    [MemberData(nameof(AwkwardTexts))]
    public async Task Awkward_names_of_tasks_are_names(string name)
    {
        await WriteAsync(AStatus(name, "evt_1") with { Tenant = name });

        (await Log.StatusAsync(name, name, Now, 9, default)).ShouldHaveSingleItem().Entity.ShouldBe(name);
    }

    [Fact]
    public async Task Events_and_status_are_pruned_each_by_its_own_time()
    {
        await WriteAsync(AnEvent("old"), AnEvent("young", Now.AddDays(2)));
        await WriteAsync(AStatus("task", "old"), AStatus("task", "young", Now.AddDays(2)), AStatus("task", "middle", Now.AddHours(1)));

        (await Log.PruneAsync(Now.AddDays(1), Now.AddMinutes(1), 9, default)).ShouldBe(2);

        (await Log.FindEventAsync("old", default)).ShouldBeNull();
        (await Log.FindEventAsync("young", default)).ShouldNotBeNull();
        Ids(await Log.StatusAsync("task", null, Now, 9, default)).ShouldBe(["middle", "young"]);
        (await Log.PruneAsync(Now.AddDays(9), Now.AddDays(9), 2, default)).ShouldBe(2);
        (await Log.PruneAsync(Now.AddDays(9), Now.AddDays(9), 2, default)).ShouldBe(1);
    }

    private static IEnumerable<string> Ids(IEnumerable<StatusEntry> entries) => entries.Select(entry => entry.EventId);
}
