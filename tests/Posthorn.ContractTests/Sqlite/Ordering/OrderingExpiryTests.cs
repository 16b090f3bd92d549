using Posthorn.ContractTests.Queues;
using Posthorn.Queues;

namespace Posthorn.ContractTests.Sqlite.Ordering;

/// <summary>A message whose time on the queue passes while it waits dies then, and not only when its wait is over.</summary>
public sealed class OrderingExpiryTests : QueueFacts
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_head_that_expires_while_it_waits_for_its_next_attempt_lets_its_key_go_on_at_once(bool isRetried)
    {
        await EnqueueAsync(Keyed("a1") with { ExpiresAt = Now.AddMinutes(1) }, Keyed("a2"));
        var head = await LeaseAsync("a1");
        await (isRetried ? head.RetryAsync(Now.AddHours(1), Attempt(1), default) : head.PostponeAsync(Now.AddHours(1), default));
        await NothingIsDueAsync();

        await AdvanceAsync(TimeSpan.FromMinutes(1));

        await ShouldDeliverAsync("a2");
        var letter = await TheDeadLetterAsync();
        (letter.Message.MessageId, letter.Reason, letter.DeadLetteredAt, letter.Progress.AttemptsMade).ShouldBe(("a1", DeadLetterReason.TtlExpired, Now, isRetried ? 1 : 0));
    }

    [Fact]
    public async Task What_expires_behind_a_head_that_waits_is_a_dead_letter_at_once_and_is_not_counted_as_scheduled()
    {
        await EnqueueAsync(Keyed("a1"), Keyed("a2") with { ExpiresAt = Now.AddMinutes(1) }, Message("free") with { DueAt = Now.AddHours(2), ExpiresAt = Now.AddMinutes(1) });
        await (await LeaseAsync("a1")).RetryAsync(Now.AddHours(1), Attempt(1), default);

        await AdvanceAsync(TimeSpan.FromMinutes(1));
        await NothingIsDueAsync();

        var counts = await Queue.CountAsync(default);
        (counts.Active, counts.Scheduled, counts.Dead).ShouldBe((0, 1, 2));
    }

    [Fact]
    public async Task A_leased_head_that_expires_holds_its_key_while_its_lock_lasts()
    {
        await EnqueueAsync(Keyed("a1") with { ExpiresAt = Now.AddSeconds(10) }, Keyed("a2"));
        var head = await LeaseAsync("a1");
        await AdvanceAsync(TimeSpan.FromSeconds(11));
        await NothingIsDueAsync();

        await head.CompleteAsync(default);

        await ShouldDeliverAsync("a2");
        (await DeadLetters.CountAsync(default)).ShouldBe(0);
    }

    protected override QueueHarness NewHarness() => new SqliteQueueHarness();
}

/// <summary>The same, of a receive that waits meanwhile.</summary>
public sealed class OrderingExpiryWaitingTests : QueueFacts
{
    protected override QueueSettings Settings { get; } = new() { RealClock = true };

    [Fact]
    public async Task A_waiting_receive_wakes_when_the_head_of_a_key_expires()
    {
        await EnqueueAsync(Keyed("a1") with { ExpiresAt = Now.AddMilliseconds(600) }, Keyed("a2"));
        await (await LeaseAsync("a1")).RetryAsync(Now.AddHours(1), Attempt(1), default);

        Ids(await Queue.ReceiveAsync(1, Patience, default).WaitAsync(TimeSpan.FromSeconds(5))).ShouldBe(["a2"]);
    }

    protected override QueueHarness NewHarness() => new SqliteQueueHarness();
}
