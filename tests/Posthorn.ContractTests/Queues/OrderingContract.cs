using Posthorn.Queues;

namespace Posthorn.ContractTests.Queues;

/// <summary>Messages of one ordering key: in order, one in flight, and nobody else waits for them.</summary>
public abstract class OrderingContract : QueueFacts
{
    [Fact]
    public async Task Messages_of_a_key_come_in_their_order_one_at_a_time()
    {
        await EnqueueKeyedAsync("a1", "a2", "a3");
        await EnqueueKeyedAsync("a4");

        foreach (var id in new[] { "a1", "a2", "a3", "a4" })
        {
            var lease = (await LeaseAsync(10)).ShouldHaveSingleItem();
            lease.Message.MessageId.ShouldBe(id);
            lease.Message.OrderingKey.ShouldBe("a");
            await NothingIsDueAsync();
            await lease.CompleteAsync(default);
        }

        await NothingIsDueAsync();
    }

    [Fact]
    public async Task Keys_go_side_by_side_and_mail_without_one_waits_for_nobody()
    {
        await EnqueueAsync(Keyed("a1"), Keyed("a2"), Keyed("b1"), Message("free 1"), Keyed("b2"), Keyed("c1"), Message("free 2"));

        var leases = await LeaseAsync(10);

        Ids(leases).ShouldBe(["a1", "b1", "c1", "free 1", "free 2"], ignoreOrder: true);
        await leases.Single(lease => lease.Message.MessageId == "b1").CompleteAsync(default);
        Ids(await LeaseAsync(10)).ShouldBe(["b2"]);
    }

    [Fact]
    public async Task A_retried_head_holds_its_key_back_until_it_is_done()
    {
        await EnqueueKeyedAsync("a1", "a2");
        await (await LeaseAsync("a1")).RetryAsync(Now.AddMinutes(5), Attempt(1), default);
        await EnqueueKeyedAsync("a3", "b1", "b2");
        await ShouldDeliverAsync("b1", "b2");

        await AdvanceAsync(TimeSpan.FromMinutes(5));
        var again = (await LeaseAsync(10)).ShouldHaveSingleItem();
        (again.Message.MessageId, again.Progress.AttemptsMade).ShouldBe(("a1", 1));
        await again.RetryAsync(Now, Attempt(2), default);

        await ShouldDeliverAsync("a1", "a2", "a3");
    }

    [Fact]
    public async Task A_postponed_head_holds_its_key_back_until_it_is_done()
    {
        await EnqueueKeyedAsync("a1", "a2");
        await (await LeaseAsync("a1")).PostponeAsync(Now.AddMinutes(5), default);
        await EnqueueKeyedAsync("a3");
        await NothingIsDueAsync();

        await AdvanceAsync(TimeSpan.FromMinutes(5));

        await ShouldDeliverAsync("a1", "a2", "a3");
    }

    [Fact]
    public async Task However_often_a_head_fails_its_key_keeps_its_order()
    {
        await EnqueueKeyedAsync("a1", "a2", "a3");
        foreach (var id in new[] { "a1", "a2", "a3" })
        {
            for (var attempt = 1; attempt <= 4; attempt++)
            {
                await (await LeaseAsync(id)).RetryAsync(Now.AddSeconds(30), Attempt(attempt), default);
                await NothingIsDueAsync();
                await AdvanceAsync(TimeSpan.FromSeconds(30));
                await (await LeaseAsync(id)).PostponeAsync(Now.AddSeconds(30), default);
                await AdvanceAsync(TimeSpan.FromSeconds(30));
            }

            await (await LeaseAsync(id)).CompleteAsync(default);
        }
    }

    [Fact]
    public async Task An_abandoned_head_comes_first_again()
    {
        await EnqueueKeyedAsync("a1", "a2");
        await (await LeaseAsync("a1")).AbandonAsync(default);

        await ShouldDeliverAsync("a1", "a2");
    }

    [Fact]
    public async Task A_head_whose_lock_was_lost_comes_first_again()
    {
        await EnqueueKeyedAsync("a1", "a2");
        var lost = await LeaseAsync("a1");
        await LocksRunOutAsync();
        await Should.ThrowAsync<LockLostException>(() => lost.CompleteAsync(default));

        await ShouldDeliverAsync("a1", "a2");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_waited_behind_a_failed_head_comes_again_when_it_is_given_up(bool lockRunsOut)
    {
        await EnqueueKeyedAsync("a1", "a2", "a3");
        await (await LeaseAsync("a1")).RetryAsync(Now.AddSeconds(5), Attempt(1), default);
        await NothingIsDueAsync();
        await AdvanceAsync(TimeSpan.FromSeconds(5));
        await ShouldDeliverAsync("a1");

        var lease = await LeaseAsync("a2");
        if (!lockRunsOut) await lease.AbandonAsync(default);
        await AdvanceAsync(Settings.LockDuration + TimeSpan.FromMinutes(1)); // A broker may look for it once a minute.

        await ShouldDeliverAsync("a2", "a3");
    }

    [Fact]
    public async Task A_head_whose_lock_is_renewed_holds_its_key()
    {
        await EnqueueKeyedAsync("a1", "a2");
        var head = await LeaseAsync("a1");
        for (var i = 0; i < 4; i++)
        {
            await AdvanceAsync(Settings.LockDuration * 0.6);
            await head.RenewAsync(default);
            await NothingIsDueAsync();
        }

        await head.CompleteAsync(default);
        await ShouldDeliverAsync("a2");
    }

    [Fact]
    public async Task What_is_scheduled_holds_nobody_back_and_takes_its_place_when_it_is_due()
    {
        await EnqueueAsync(Keyed("a-later") with { DueAt = Now.AddMinutes(10) });
        await EnqueueKeyedAsync("a1", "a2");
        await ShouldDeliverAsync("a1");

        await AdvanceAsync(TimeSpan.FromMinutes(10));
        await EnqueueKeyedAsync("a3");

        await ShouldDeliverAsync("a2", "a-later", "a3");
    }

    [Fact]
    public async Task What_is_scheduled_comes_in_the_order_of_its_due_times()
    {
        await EnqueueAsync(Keyed("a3") with { DueAt = Now.AddMinutes(3) }, Keyed("a1") with { DueAt = Now.AddMinutes(1) }, Keyed("a2") with { DueAt = Now.AddMinutes(2) });

        await AdvanceAsync(TimeSpan.FromMinutes(1));
        var first = await LeaseAsync("a1");
        await first.RetryAsync(Now.AddMinutes(4), Attempt(1), default);
        await AdvanceAsync(TimeSpan.FromMinutes(4));

        await ShouldDeliverAsync("a1", "a2", "a3");
    }

    [Fact]
    public async Task A_head_that_is_dead_lettered_lets_its_key_go_on()
    {
        await EnqueueKeyedAsync("a1", "a2", "a3");
        await BuryAsync(await LeaseAsync("a1"));

        await ShouldDeliverAsync("a2", "a3");
        (await TheDeadLetterAsync()).Message.OrderingKey.ShouldBe("a");
    }

    [Fact]
    public async Task A_head_that_failed_before_it_was_dead_lettered_lets_its_key_go_on()
    {
        await EnqueueKeyedAsync("a1", "a2");
        await (await LeaseAsync("a1")).RetryAsync(Now.AddSeconds(5), Attempt(1), default);
        await NothingIsDueAsync();
        await EnqueueKeyedAsync("a3");
        await AdvanceAsync(TimeSpan.FromSeconds(5));
        await BuryAsync(await LeaseAsync("a1"));

        await ShouldDeliverAsync("a2", "a3");
    }

    [Fact]
    public async Task A_replayed_message_joins_its_key_at_the_end()
    {
        await EnqueueKeyedAsync("a1", "a2", "a3");
        await BuryAsync(await LeaseAsync("a1"));
        await ReplayAllAsync(ReplayChanges.None);
        await EnqueueKeyedAsync("a4");

        await ShouldDeliverAsync("a2", "a3", "a1", "a4");
    }

    [Fact]
    public async Task A_head_that_was_leased_too_often_lets_its_key_go_on()
    {
        await EnqueueKeyedAsync("a1", "a2");
        for (var i = 0; i < Settings.MaxDeliveryCount; i++) await (await LeaseAsync("a1")).AbandonAsync(default);

        await ShouldDeliverAsync("a2");
        (await TheDeadLetterAsync()).Reason.ShouldBe(DeadLetterReason.MaxDeliveryCountExceeded);
    }

    [Fact]
    public async Task A_head_that_expired_lets_its_key_go_on()
    {
        await EnqueueAsync(Keyed("a1") with { ExpiresAt = Now.AddMinutes(1) }, Keyed("a2"));
        await AdvanceAsync(TimeSpan.FromMinutes(2));

        await ShouldDeliverAsync("a2");
        (await TheDeadLetterAsync()).Reason.ShouldBe(DeadLetterReason.TtlExpired);
    }

    [Fact]
    public async Task What_expires_behind_the_head_leaves_the_others_in_order()
    {
        await EnqueueAsync(Keyed("a1"), Keyed("a2") with { ExpiresAt = Now.AddSeconds(10) }, Keyed("a3"));
        var head = await LeaseAsync("a1");
        await AdvanceAsync(TimeSpan.FromSeconds(11));
        await NothingIsDueAsync();
        await head.CompleteAsync(default);

        await ShouldDeliverAsync("a3");
    }

    [Fact]
    public async Task A_message_that_was_replaced_lets_its_key_go_on()
    {
        await EnqueueKeyedAsync("a1", "a2");
        await (await LeaseAsync("a1")).ReplaceAsync([Keyed("a3"), Keyed("b1")], default);

        var leases = await LeaseAsync(10);

        Ids(leases).ShouldBe(["a2", "b1"], ignoreOrder: true);
        await leases.Single(lease => lease.Message.MessageId == "a2").CompleteAsync(default);
        await ShouldDeliverAsync("a3");
    }

    [Fact]
    public async Task A_second_instance_keeps_to_the_order_too()
    {
        Assert.SkipUnless(Harness.OpensTwice, "This store is opened once.");
        var second = await Harness.OpenAsync(Settings);
        await EnqueueKeyedAsync("a1");
        await second.Queue.EnqueueAsync([Keyed("a2")], default);
        var head = await LeaseAsync("a1");

        (await LeaseAsync(second.Queue, 10)).ShouldBeEmpty();
        await head.RetryAsync(Now.AddSeconds(5), Attempt(1), default);
        (await LeaseAsync(second.Queue, 10)).ShouldBeEmpty();
        await AdvanceAsync(Settings.LockDuration + TimeSpan.FromSeconds(5)); // A broker may keep a session with who had it, until its lock ends.

        var again = (await LeaseAsync(second.Queue, 10)).ShouldHaveSingleItem();
        again.Message.MessageId.ShouldBe("a1");
        await again.CompleteAsync(default);
        Ids(await LeaseAsync(second.Queue, 10)).ShouldBe(["a2"]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Whatever_happens_to_them_messages_are_done_in_the_order_of_their_keys(int seed)
    {
        var random = new Random(seed);
        string[] keys = ["a", "b", "c", "d"];
        var sent = Enumerable.Range(0, 24).Select(i => $"{keys[random.Next(keys.Length)]}{i:00}").ToList();
        foreach (var batch in sent.Chunk(7)) await EnqueueKeyedAsync(batch);
        var done = new List<string>();
        for (var round = 0; done.Count < sent.Count && round < 1000; round++)
        {
            var leases = await LeaseAsync(10);
            leases.Select(lease => lease.Message.OrderingKey).ShouldBeUnique();
            foreach (var lease in leases) await SettleAsync(lease, random, done);
            await AdvanceAsync(TimeSpan.FromSeconds(1));
        }

        foreach (var key in keys) done.Where(id => id.StartsWith(key, StringComparison.Ordinal)).ShouldBe(sent.Where(id => id.StartsWith(key, StringComparison.Ordinal)));
    }

    private async Task SettleAsync(ILease lease, Random random, List<string> done)
    {
        switch (random.Next(5))
        {
            case 0: await lease.RetryAsync(Now.AddSeconds(random.Next(3)), Attempt(lease.Progress.NextAttempt), default); break;
            case 1: await lease.PostponeAsync(Now.AddSeconds(random.Next(3)), default); break;
            case 2 when lease.DeliveryCount < Settings.MaxDeliveryCount: await lease.AbandonAsync(default); break;
            default:
                await lease.CompleteAsync(default);
                done.Add(lease.Message.MessageId);
                break;
        }
    }
}
