using Posthorn.Queues;

namespace Posthorn.ContractTests.Queues;

/// <summary>A lease: it hides, it can be renewed, it runs out, and it is settled once.</summary>
public abstract class LeaseContract : QueueFacts
{
    public static TheoryData<string> Settlements => ["complete", "retry", "postpone", "dead-letter", "abandon"];

    public static TheoryData<string> SettlementsAndRenewal => [.. Settlements.Select(row => row.Data), "renew"];

    [Fact]
    public async Task A_leased_message_is_hidden()
    {
        await EnqueueAsync("a");
        await LeaseOneAsync();

        await NothingIsDueAsync();
        await AdvanceAsync(Settings.LockDuration - TimeSpan.FromSeconds(1));
        await NothingIsDueAsync();
    }

    [Fact]
    public async Task Fault_1_when_a_lock_runs_out_the_message_is_due_again_and_its_delivery_count_grows()
    {
        await EnqueueAsync(Message("a", "the body"));
        await LeaseOneAsync();
        await LocksRunOutAsync();

        var again = await LeaseOneAsync();

        again.DeliveryCount.ShouldBe(2);
        again.Message.MessageId.ShouldBe("a");
        again.Message.Body.ToArray().ShouldBe(Message("a", "the body").Body.ToArray());
        again.Progress.AttemptsMade.ShouldBe(0);
    }

    [Fact]
    public async Task Fault_1_what_one_instance_leaves_leased_another_gets_when_the_lock_ran_out()
    {
        Assert.SkipUnless(Harness.OpensTwice, "This store is opened once.");
        var other = (await Harness.OpenAsync(Settings)).Queue;
        await EnqueueAsync("a");
        var lost = await LeaseOneAsync();
        (await LeaseAsync(other, 1)).ShouldBeEmpty();
        await LocksRunOutAsync();

        var again = (await LeaseAsync(other, 1)).ShouldHaveSingleItem();

        again.DeliveryCount.ShouldBe(2);
        await Should.ThrowAsync<LockLostException>(() => lost.CompleteAsync(default));
        await again.CompleteAsync(default);
    }

    [Fact]
    public async Task A_renewed_lock_lasts_a_lock_duration_from_the_renewal()
    {
        await EnqueueAsync("a");
        var lease = await LeaseOneAsync();

        for (var i = 0; i < 5; i++)
        {
            await AdvanceAsync(Settings.LockDuration - TimeSpan.FromSeconds(2));
            await lease.RenewAsync(default);
            lease.LockedUntil.ShouldBe(Now + Settings.LockDuration, TimeSpan.FromSeconds(1));
            await NothingIsDueAsync();
        }

        await lease.CompleteAsync(default);
        (await Queue.CountAsync(default)).ShouldBe(new QueueCounts(0, 0, 0, 0, null));
    }

    [Fact]
    public async Task A_renewed_lock_runs_out_too()
    {
        await EnqueueAsync("a");
        var lease = await LeaseOneAsync();
        await AdvanceAsync(TimeSpan.FromSeconds(10));
        await lease.RenewAsync(default);

        await LocksRunOutAsync();

        (await LeaseOneAsync()).DeliveryCount.ShouldBe(2);
    }

    [Theory]
    [MemberData(nameof(SettlementsAndRenewal))]
    public async Task A_lease_whose_lock_ran_out_cannot_be_settled(string settlement)
    {
        await EnqueueAsync("a");
        var lost = await LeaseOneAsync();
        await LocksRunOutAsync();

        await Should.ThrowAsync<LockLostException>(() => SettleAsync(lost, settlement));

        var again = await LeaseOneAsync();
        (again.DeliveryCount, again.Progress.AttemptsMade, again.Progress.Postponements).ShouldBe((2, 0, 0));
        (await DeadLetters.CountAsync(default)).ShouldBe(0);
    }

    [Theory]
    [MemberData(nameof(SettlementsAndRenewal))]
    public async Task A_lost_lease_cannot_disturb_the_next_holder(string settlement)
    {
        await EnqueueAsync("a");
        var lost = await LeaseOneAsync();
        await LocksRunOutAsync();
        var holder = await LeaseOneAsync();

        await Should.ThrowAsync<LockLostException>(() => SettleAsync(lost, settlement));

        await NothingIsDueAsync();
        await holder.CompleteAsync(default);
        (await Queue.CountAsync(default)).ShouldBe(new QueueCounts(0, 0, 0, 0, null));
    }

    [Theory]
    [MemberData(nameof(Settlements))]
    public async Task A_lease_is_settled_once(string settlement)
    {
        await EnqueueAsync("a");
        var lease = await LeaseOneAsync();
        await SettleAsync(lease, settlement);
        var before = await Queue.CountAsync(default);

        foreach (var second in SettlementsAndRenewal) await Should.ThrowAsync<LockLostException>(() => SettleAsync(lease, second.Data), second.Data);

        (await Queue.CountAsync(default)).ShouldBe(before);
    }

    [Fact]
    public async Task A_completed_message_is_gone()
    {
        await EnqueueAsync("a", "b");
        var leases = await LeaseAsync(2);
        await leases[0].CompleteAsync(default);
        await LocksRunOutAsync();

        Ids(await LeaseAsync(2)).ShouldBe(["b"]);
    }

    [Fact]
    public async Task An_abandoned_message_is_due_again_at_once_and_its_delivery_stays_counted()
    {
        await EnqueueAsync("a");
        await (await LeaseOneAsync()).AbandonAsync(default);

        var again = await LeaseOneAsync();

        (again.DeliveryCount, again.Progress.AttemptsMade, again.Progress.Postponements).ShouldBe((2, 0, 0));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Fault_51_a_message_nobody_settles_is_dead_lettered_and_its_neighbours_are_not(bool locksRunOut)
    {
        await EnqueueAsync("poison", "healthy1", "healthy2");
        var leases = (await LeaseAsync(3)).OrderBy(lease => lease.Message.MessageId != "poison").ToList(); // Sessions come as they do.
        await leases[1].RetryAsync(Now.AddMinutes(30), Attempt(1), default);
        await leases[2].RetryAsync(Now.AddMinutes(30), Attempt(1), default);
        for (var deliveries = 1; deliveries < Settings.MaxDeliveryCount; deliveries++)
        {
            await GiveUpAsync(leases[0]);
            leases = await LeaseAsync(1);
            leases.ShouldHaveSingleItem().DeliveryCount.ShouldBe(deliveries + 1);
        }

        await GiveUpAsync(leases[0]);
        await AdvanceAsync(TimeSpan.FromMinutes(31));

        Ids(await LeaseAsync(3)).ShouldBe(["healthy1", "healthy2"], ignoreOrder: true);
        var letter = (await DeadLetters.BrowseAsync(0, 10, default)).ShouldHaveSingleItem();
        letter.Message.MessageId.ShouldBe("poison");
        letter.Reason.ShouldBe(DeadLetterReason.MaxDeliveryCountExceeded);
        letter.DeliveryCount.ShouldBe(Settings.MaxDeliveryCount);

        Task GiveUpAsync(ILease lease) => locksRunOut ? LocksRunOutAsync() : lease.AbandonAsync(default);
    }

    [Fact]
    public async Task Fault_15_a_message_whose_time_to_live_passed_is_dead_lettered()
    {
        await EnqueueAsync(Message("short") with { ExpiresAt = Now.AddMinutes(5) }, Message("long") with { ExpiresAt = Now.AddMinutes(50) }, Message("forever"));
        await AdvanceAsync(TimeSpan.FromMinutes(6));

        Ids(await LeaseAsync(3)).ShouldBe(["long", "forever"]);
        var letter = (await DeadLetters.BrowseAsync(0, 10, default)).ShouldHaveSingleItem();
        (letter.Message.MessageId, letter.Reason).ShouldBe(("short", DeadLetterReason.TtlExpired));
    }

    [Fact]
    public async Task Fault_15_a_leased_message_is_not_taken_away_when_its_time_to_live_passes()
    {
        await EnqueueAsync(Message("a") with { ExpiresAt = Now.AddSeconds(10) });
        var lease = await LeaseOneAsync();
        await AdvanceAsync(TimeSpan.FromSeconds(20));
        await NothingIsDueAsync();

        await lease.CompleteAsync(default);

        (await DeadLetters.CountAsync(default)).ShouldBe(0);
    }

    private Task SettleAsync(ILease lease, string settlement) => settlement switch
    {
        "complete" => lease.CompleteAsync(default),
        "retry" => lease.RetryAsync(Now.AddMinutes(1), Attempt(1), default),
        "postpone" => lease.PostponeAsync(Now.AddMinutes(1), default),
        "dead-letter" => lease.DeadLetterAsync(DeadLetterReason.PermanentFailure, "404", Attempt(1), default),
        "abandon" => lease.AbandonAsync(default),
        _ => lease.RenewAsync(default),
    };
}
