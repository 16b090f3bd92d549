using Posthorn.Queues;

namespace Posthorn.ContractTests.Queues;

/// <summary>Where a dead letter holds its ordering key: until it is replayed, which puts it back in its place, or purged.</summary>
public abstract class OrderingHoldContract : QueueFacts
{
    protected override QueueSettings Settings { get; } = new() { OnExhausted = OnExhausted.Hold };

    [Fact]
    public async Task A_dead_head_holds_its_key_and_nobody_else()
    {
        await EnqueueKeyedAsync("a1", "a2");
        await BuryAsync(await LeaseAsync("a1"));
        await NothingIsDueAsync();
        await EnqueueAsync(Keyed("a3"), Keyed("b1"), Message("free"));

        var others = await LeaseAsync(10);

        Ids(others).ShouldBe(["b1", "free"], ignoreOrder: true);
        foreach (var lease in others) await lease.CompleteAsync(default);
        await AdvanceAsync(TimeSpan.FromDays(1));
        await NothingIsDueAsync();
    }

    [Fact]
    public async Task A_replay_puts_it_back_at_the_front_of_its_key()
    {
        await EnqueueKeyedAsync("a1", "a2", "a3");
        await BuryAsync(await LeaseAsync("a1"));
        await NothingIsDueAsync();
        await EnqueueKeyedAsync("a4");
        await ReplayAllAsync(ReplayChanges.None);

        await ShouldDeliverAsync("a1", "a2", "a3", "a4");
    }

    [Fact]
    public async Task What_is_edited_on_its_way_back_keeps_its_place()
    {
        await EnqueueKeyedAsync("a1", "a2");
        await BuryAsync(await LeaseAsync("a1"));
        await ReplayAllAsync(new ReplayChanges { Instead = Keyed("a1") with { Body = "[]"u8.ToArray() } });

        var head = await LeaseAsync("a1");

        head.Message.Body.ToArray().ShouldBe("[]"u8.ToArray());
        await head.CompleteAsync(default);
        await ShouldDeliverAsync("a2");
    }

    [Fact]
    public async Task A_purge_lets_its_key_go_on()
    {
        await EnqueueKeyedAsync("a1", "a2", "a3");
        await BuryAsync(await LeaseAsync("a1"));
        await NothingIsDueAsync();

        (await DeadLetters.PurgeAsync([(await TheDeadLetterAsync()).Sequence], default)).ShouldBe(1);

        await ShouldDeliverAsync("a2", "a3");
    }

    [Fact]
    public async Task One_that_fails_and_dies_again_holds_its_key_again()
    {
        await EnqueueKeyedAsync("a1", "a2");
        await BuryAsync(await LeaseAsync("a1"));
        await ReplayAllAsync(ReplayChanges.None);
        await (await LeaseAsync("a1")).RetryAsync(Now.AddMinutes(1), Attempt(1), default);
        await NothingIsDueAsync();
        await AdvanceAsync(TimeSpan.FromMinutes(1));
        await BuryAsync(await LeaseAsync("a1"));
        await NothingIsDueAsync();

        await ReplayAllAsync(ReplayChanges.None);

        await ShouldDeliverAsync("a1", "a2");
    }

    [Fact]
    public async Task A_key_that_has_gone_on_is_held_by_the_next_that_dies()
    {
        await EnqueueKeyedAsync("a1", "a2", "a3");
        await BuryAsync(await LeaseAsync("a1"));
        await ReplayAllAsync(ReplayChanges.None);
        await ShouldDeliverAsync("a1");
        await BuryAsync(await LeaseAsync("a2"));

        await NothingIsDueAsync();

        await ReplayAllAsync(ReplayChanges.None);
        await ShouldDeliverAsync("a2", "a3");
    }

    [Fact]
    public async Task Each_key_is_held_by_its_own()
    {
        await EnqueueKeyedAsync("a1", "a2", "b1", "b2");
        foreach (var lease in await LeaseAsync(2)) await BuryAsync(lease);
        var letters = await DeadLetters.BrowseAsync(0, 10, default);

        (await DeadLetters.PurgeAsync([letters.Single(letter => letter.Message.MessageId == "a1").Sequence], default)).ShouldBe(1);

        await ShouldDeliverAsync("a2");
        await NothingIsDueAsync();
    }

    [Fact]
    public async Task A_dead_letter_that_was_brought_in_holds_nothing()
    {
        await EnqueueKeyedAsync("a1");
        await BuryAsync(await LeaseAsync("a1"));
        var letter = await TheDeadLetterAsync();
        await DeadLetters.PurgeAsync([letter.Sequence], default);
        await EnqueueKeyedAsync("a2", "a3");
        (await DeadLetters.ImportAsync([letter], default)).ShouldBe([true]);

        await ShouldDeliverAsync("a2", "a3");
    }

    [Fact]
    public async Task Who_opens_the_queue_later_still_finds_the_key_held()
    {
        Assert.SkipUnless(Harness.OpensTwice, "This store is opened once.");
        await EnqueueKeyedAsync("a1", "a2");
        await BuryAsync(await LeaseAsync("a1"));
        var second = await Harness.OpenAsync(Settings);
        await LocksRunOutAsync();

        (await LeaseAsync(second.Queue, 10)).ShouldBeEmpty();
        await second.DeadLetters.ReplayAsync([(await TheDeadLetterAsync()).Sequence], ReplayChanges.None, default);
        Ids(await LeaseAsync(second.Queue, 10)).ShouldBe(["a1"]);
    }

    [Fact]
    public async Task Who_delivers_with_the_other_setting_lets_the_key_go_on()
    {
        Assert.SkipUnless(Harness.OpensTwice, "This store is opened once.");
        await EnqueueKeyedAsync("a1", "a2");
        await BuryAsync(await LeaseAsync("a1"));
        var second = await Harness.OpenAsync(Settings with { OnExhausted = OnExhausted.Skip });
        await second.DeadLetters.CountAsync(default);
        await NothingIsDueAsync();
        await LocksRunOutAsync();

        Ids(await LeaseAsync(second.Queue, 10)).ShouldBe(["a2"]);
    }

    [Fact]
    public async Task A_head_that_was_leased_too_often_holds_its_key()
    {
        await EnqueueKeyedAsync("a1", "a2");
        for (var i = 0; i < Settings.MaxDeliveryCount; i++) await (await LeaseAsync("a1")).AbandonAsync(default);

        await ShouldBeHeldIfItGaveUpAsync("a1", "a2");
    }

    [Fact]
    public async Task A_head_that_expired_holds_its_key()
    {
        await EnqueueAsync(Keyed("a1") with { ExpiresAt = Now.AddMinutes(1) }, Keyed("a2"));
        await AdvanceAsync(TimeSpan.FromMinutes(2));

        await ShouldBeHeldIfItGaveUpAsync("a1", "a2");
    }

    [Fact]
    public async Task What_expired_behind_the_head_holds_what_comes_after_it()
    {
        Assert.SkipUnless(Harness.HoldsWhatItGaveUp, "What this queue itself buries holds nothing.");
        await EnqueueAsync(Keyed("a1"), Keyed("a2") with { ExpiresAt = Now.AddMinutes(1) }, Keyed("a3"));
        await (await LeaseAsync("a1")).RetryAsync(Now.AddMinutes(2), Attempt(1), default);
        await AdvanceAsync(TimeSpan.FromMinutes(2));

        await ShouldDeliverAsync("a1");
        await NothingIsDueAsync();
        await ReplayAllAsync(ReplayChanges.None);
        await ShouldDeliverAsync("a2", "a3");
    }

    private async Task ShouldBeHeldIfItGaveUpAsync(string dead, string next)
    {
        if (!Harness.HoldsWhatItGaveUp)
        {
            await ShouldDeliverAsync(next);
            return;
        }

        await NothingIsDueAsync();
        (await TheDeadLetterAsync()).Message.MessageId.ShouldBe(dead);
        await ReplayAllAsync(ReplayChanges.None);
        await ShouldDeliverAsync(dead, next);
    }
}
