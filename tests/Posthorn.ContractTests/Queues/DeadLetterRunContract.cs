using Posthorn.Queues;

namespace Posthorn.ContractTests.Queues;

/// <summary>What became of the messages that a run has put back.</summary>
public abstract class DeadLetterRunContract : QueueFacts
{
    private const string Run = "run_1";

    [Fact]
    public async Task Of_a_run_nobody_knows_nothing_remains()
    {
        await BuryAsync("a");

        await ShouldRemainAsync(waiting: 0, retrying: 0, deadAgain: 0);
    }

    [Fact]
    public async Task What_was_put_back_waits_also_while_it_is_leased_or_postponed()
    {
        await BuryAsync("a", "b", "c");
        await ReplayAllAsync(new ReplayChanges { Run = Run });
        await ShouldRemainAsync(waiting: 3, retrying: 0, deadAgain: 0);

        var leases = await LeaseAsync(2);
        await ShouldRemainAsync(waiting: 3, retrying: 0, deadAgain: 0);
        await leases[0].PostponeAsync(Now.AddMinutes(5), default);
        await leases[1].AbandonAsync(default);

        await ShouldRemainAsync(waiting: 3, retrying: 0, deadAgain: 0);
    }

    [Fact]
    public async Task What_failed_is_retrying_also_while_it_is_leased_again()
    {
        await BuryAsync("a", "b");
        await ReplayAllAsync(new ReplayChanges { Run = Run });
        foreach (var lease in await LeaseAsync(2)) await lease.RetryAsync(Now, Attempt(1), default);
        await ShouldRemainAsync(waiting: 0, retrying: 2, deadAgain: 0);

        await (await LeaseOneAsync()).PostponeAsync(Now.AddMinutes(5), default);
        await LeaseOneAsync();

        await ShouldRemainAsync(waiting: 0, retrying: 2, deadAgain: 0);
    }

    [Fact]
    public async Task What_died_again_stays_the_run_s_failure_when_it_is_purged_put_back_by_another_or_imported()
    {
        await BuryAsync("purged", "taken", "imported");
        await ReplayAllAsync(new ReplayChanges { Run = Run });
        foreach (var lease in await LeaseAsync(3)) await BuryAsync(lease);
        var dead = (await DeadLetters.BrowseAsync(0, 10, default)).ToDictionary(letter => letter.Message.MessageId);

        (await DeadLetters.PurgeAsync([dead["purged"].Sequence, dead["imported"].Sequence], default)).ShouldBe(2);
        await DeadLetters.ReplayAsync([dead["taken"].Sequence], new ReplayChanges { Run = "run_2" }, default);
        (await DeadLetters.ImportAsync([dead["imported"]], default)).ShouldBe([true]);

        await ShouldRemainAsync(waiting: 0, retrying: 0, deadAgain: 3);
        (await DeadLetters.FollowAsync("run_2", default)).ShouldBe(new RunRemains(1, 0, 0));
    }

    [Fact]
    public async Task What_was_delivered_is_gone_and_what_died_is_dead_again()
    {
        await BuryAsync("delivered", "dead", "waiting", "retried");
        await ReplayAllAsync(new ReplayChanges { Run = Run });
        var leases = (await LeaseAsync(4)).ToDictionary(lease => lease.Message.MessageId);

        await leases["delivered"].CompleteAsync(default);
        await BuryAsync(leases["dead"]);
        await leases["retried"].RetryAsync(Now, Attempt(1), default);

        await ShouldRemainAsync(waiting: 1, retrying: 1, deadAgain: 1);
    }

    [Fact]
    public async Task What_the_queue_itself_gave_up_is_dead_again()
    {
        await BuryAsync("a");
        await ReplayAllAsync(new ReplayChanges { Run = Run });
        for (var i = 0; i < Settings.MaxDeliveryCount; i++) await (await LeaseOneAsync()).AbandonAsync(default);
        await NothingIsDueAsync();

        await ShouldRemainAsync(waiting: 0, retrying: 0, deadAgain: 1);
    }

    [Fact]
    public async Task Others_do_not_count_neither_those_of_another_run_nor_those_of_none()
    {
        await BuryAsync("mine");
        await ReplayAllAsync(new ReplayChanges { Run = Run });
        await BuryAsync("theirs");
        await ReplayAllAsync(new ReplayChanges { Run = "run_10" });
        await BuryAsync("nobody's");
        await ReplayAllAsync(ReplayChanges.None);
        await EnqueueAsync("fresh");
        await BuryAsync("dead");

        await ShouldRemainAsync(waiting: 1, retrying: 0, deadAgain: 0);
        (await DeadLetters.FollowAsync("run_10", default)).ShouldBe(new RunRemains(1, 0, 0));
        (await DeadLetters.FollowAsync("", default)).ShouldBe(new RunRemains(0, 0, 0));
    }

    private async Task ShouldRemainAsync(long waiting, long retrying, long deadAgain) =>
        (await DeadLetters.FollowAsync(Run, default)).ShouldBe(new RunRemains(waiting, retrying, deadAgain));
}
