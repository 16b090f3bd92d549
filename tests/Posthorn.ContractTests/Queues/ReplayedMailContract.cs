using Posthorn.Queues;

namespace Posthorn.ContractTests.Queues;

/// <summary>What was replayed comes after all other mail, and never more of it than may.</summary>
public abstract class ReplayedMailContract : QueueFacts
{
    [Fact]
    public async Task Replayed_mail_comes_after_all_other_that_is_due()
    {
        Assert.SkipUnless(Harness.GivesInOrder, "Mail without an ordering key is spread over sessions, which come in no order.");
        await ReplayedAsync("r1", "r2");
        await AdvanceAsync(TimeSpan.FromSeconds(1));
        await EnqueueAsync("retried");
        await (await ReceiveAsync(max: 1, maxReplayed: 0))[0].RetryAsync(Now.AddSeconds(10), Attempt(1), default);
        await EnqueueAsync(Message("scheduled") with { DueAt = Now.AddSeconds(30) });
        await AdvanceAsync(TimeSpan.FromMinutes(1));
        await EnqueueAsync("new");

        Ids(await ReceiveAsync(max: 3, maxReplayed: 3)).ShouldBe(["new", "retried", "scheduled"], ignoreOrder: true);
        Ids(await ReceiveAsync(max: 3, maxReplayed: 3)).ShouldBe(["r1", "r2"]);
    }

    [Fact]
    public async Task None_comes_when_none_may()
    {
        await ReplayedAsync("r1", "r2");
        (await ReceiveAsync(max: 10, maxReplayed: 0)).ShouldBeEmpty();
        await EnqueueAsync("fresh");

        Ids(await ReceiveAsync(max: 10, maxReplayed: 0)).ShouldBe(["fresh"]);
        (await ReceiveAsync(max: 10, maxReplayed: 0)).ShouldBeEmpty();
    }

    [Fact]
    public async Task No_more_come_than_may()
    {
        Assert.SkipUnless(Harness.GivesInOrder, "Mail without an ordering key is spread over sessions, which come in no order.");
        await ReplayedAsync("r1", "r2", "r3", "r4", "r5");
        await EnqueueAsync("a", "b");

        Ids(await ReceiveAsync(max: 10, maxReplayed: 2)).ShouldBe(["a", "b", "r1", "r2"]);
        Ids(await ReceiveAsync(max: 10, maxReplayed: 2)).ShouldBe(["r3", "r4"]);
        Ids(await ReceiveAsync(max: 10, maxReplayed: 10)).ShouldBe(["r5"]);
    }

    [Fact]
    public async Task Replayed_mail_gets_only_the_room_that_the_other_leaves()
    {
        Assert.SkipUnless(Harness.GivesInOrder, "Mail without an ordering key is spread over sessions, which come in no order.");
        await ReplayedAsync("r1", "r2");
        await EnqueueAsync("a", "b", "c");

        Ids(await ReceiveAsync(max: 2, maxReplayed: 2)).ShouldBe(["a", "b"]);
        Ids(await ReceiveAsync(max: 2, maxReplayed: 2)).ShouldBe(["c", "r1"]);
    }

    [Fact]
    public async Task Each_comes_in_the_order_of_its_due_time()
    {
        Assert.SkipUnless(Harness.GivesInOrder, "Mail without an ordering key is spread over sessions, which come in no order.");
        await ReplayedAsync("r1");
        await AdvanceAsync(TimeSpan.FromSeconds(1));
        await ReplayedAsync("r2");
        await AdvanceAsync(TimeSpan.FromSeconds(1));
        await ReplayedAsync("r3");
        await EnqueueAsync("a");
        await AdvanceAsync(TimeSpan.FromSeconds(1));
        await EnqueueAsync("b");

        Ids(await ReceiveAsync(max: 10, maxReplayed: 10)).ShouldBe(["a", "b", "r1", "r2", "r3"]);
    }

    [Fact]
    public async Task What_is_retried_or_postponed_after_a_replay_stays_behind()
    {
        await ReplayedAsync("retried", "postponed", "abandoned", "lost");
        var leases = (await ReceiveAsync(max: 4, maxReplayed: 4)).ToDictionary(lease => lease.Message.MessageId);
        await leases["retried"].RetryAsync(Now.AddSeconds(5), Attempt(1), default);
        await leases["postponed"].PostponeAsync(Now.AddSeconds(5), default);
        await leases["abandoned"].AbandonAsync(default);
        await LocksRunOutAsync();
        await EnqueueAsync("fresh");

        (await ReceiveAsync(max: 10, maxReplayed: 0)).ShouldHaveSingleItem().Message.MessageId.ShouldBe("fresh");
        var behind = await ReceiveAsync(max: 10, maxReplayed: 10);

        Ids(behind).ShouldBe(["retried", "postponed", "abandoned", "lost"], ignoreOrder: true);
        behind.ShouldAllBe(lease => lease.Progress.Replays == 1);
    }

    [Fact]
    public async Task Mail_that_a_replayed_message_is_replaced_by_is_fresh()
    {
        await ReplayedAsync("event");
        await (await LeaseOneAsync()).ReplaceAsync([Message("envelope")], default);

        Ids(await ReceiveAsync(max: 10, maxReplayed: 0)).ShouldBe(["envelope"]);
    }

    [Fact]
    public async Task Both_are_counted()
    {
        Assert.SkipUnless(Harness.GivesInOrder, "Mail without an ordering key is spread over sessions, which come in no order.");
        await ReplayedAsync("r1", "r2", "r3", "r4");
        await EnqueueAsync(Message("a"), Message("b"), Message("scheduled") with { DueAt = Now.AddMinutes(9) });
        var leases = await ReceiveAsync(max: 4, maxReplayed: 2); // a, b and two replayed ones
        await leases[^1].RetryAsync(Now.AddMinutes(9), Attempt(1), default);
        await BuryAsync("dead");

        var counts = await Queue.CountAsync(default);

        (counts.Active, counts.Scheduled, counts.Locked, counts.Dead).ShouldBe((2, 2, 3, 1));
    }

    [Fact]
    public async Task A_replayed_message_that_is_leased_too_often_is_buried_and_hides_nobody()
    {
        await ReplayedAsync("poison");
        for (var i = 0; i < Settings.MaxDeliveryCount; i++) await (await LeaseOneAsync()).AbandonAsync(default);
        await AdvanceAsync(TimeSpan.FromSeconds(1));
        await ReplayedAsync("neighbour");

        Ids(await ReceiveAsync(max: 1, maxReplayed: 1)).ShouldBe(["neighbour"]);

        var letter = await TheDeadLetterAsync();
        (letter.Message.MessageId, letter.Reason, letter.DeliveryCount, letter.Progress.Replays).ShouldBe(("poison", DeadLetterReason.MaxDeliveryCountExceeded, Settings.MaxDeliveryCount, 1));
    }

    [Fact]
    public async Task A_fresh_message_that_is_leased_too_often_hides_no_replayed_one()
    {
        await EnqueueAsync("poison");
        for (var i = 0; i < Settings.MaxDeliveryCount; i++) await (await LeaseOneAsync()).AbandonAsync(default);
        await AdvanceAsync(TimeSpan.FromSeconds(1));
        await EnqueueAsync("r1");
        await BuryAsync(await LeaseOneAsync());
        await DeadLetters.ReplayAsync([.. (await DeadLetters.BrowseAsync(0, 10, default)).Where(letter => letter.Message.MessageId == "r1").Select(letter => letter.Sequence)], ReplayChanges.None, default);

        Ids(await LeaseAsync(1)).ShouldBe(["r1"]);
    }

    private Task<IReadOnlyList<ILease>> ReceiveAsync(int max, int maxReplayed) => Queue.ReceiveAsync(max, maxReplayed, TimeSpan.Zero, default);

    /// <summary>Puts messages on the queue that were dead.</summary>
    private async Task ReplayedAsync(params string[] ids)
    {
        foreach (var id in ids)
        {
            await EnqueueAsync(id);
            var lease = (await ReceiveAsync(max: 1, maxReplayed: 0)).ShouldHaveSingleItem();
            lease.Message.MessageId.ShouldBe(id);
            await BuryAsync(lease);
            var letter = (await DeadLetters.BrowseAsync(0, 100, default)).Single(dead => dead.Message.MessageId == id);
            (await DeadLetters.ReplayAsync([letter.Sequence], ReplayChanges.None, default)).Count.ShouldBe(1);
        }
    }
}
