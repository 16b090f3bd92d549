using Posthorn.Queues;

namespace Posthorn.ContractTests.Queues;

/// <summary>What goes back onto the queue: retries, which spend an attempt, and postponements, which spend none.</summary>
public abstract class RedeliveryContract : QueueFacts
{
    [Fact]
    public async Task A_retry_is_due_at_its_time_and_spends_an_attempt()
    {
        await EnqueueAsync(Message("a", "the body") with { ContentType = "text/plain", Properties = new Dictionary<string, string> { ["k"] = "v" } });
        var enqueuedAt = Now;
        await (await LeaseOneAsync()).RetryAsync(Now.AddMinutes(5), Attempt(1), default);

        await AdvanceAsync(TimeSpan.FromMinutes(5) - TimeSpan.FromSeconds(1));
        await NothingIsDueAsync();
        await AdvanceAsync(TimeSpan.FromSeconds(1));
        var retry = await LeaseOneAsync();

        (retry.Progress.AttemptsMade, retry.Progress.NextAttempt, retry.Progress.Postponements).ShouldBe((1, 2, 0));
        retry.Message.Body.ToArray().ShouldBe(Message("a", "the body").Body.ToArray());
        retry.Message.ContentType.ShouldBe("text/plain");
        retry.Message.Properties["k"].ShouldBe("v");
        retry.EnqueuedAt.ShouldBe(enqueuedAt, TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task A_retry_keeps_the_history_exactly()
    {
        await EnqueueAsync("a");
        var first = Attempt(1);
        var second = new AttemptRecord { Number = 2, At = Now.AddSeconds(1), DurationMs = long.MaxValue, Error = "Timeout", Detail = "'; DROP – 🦉 \"\\" };
        await (await LeaseOneAsync()).RetryAsync(Now, first, default);
        await (await LeaseOneAsync()).RetryAsync(Now, second, default);

        (await LeaseOneAsync()).Progress.Attempts.ShouldBe([first, second]);
    }

    [Fact]
    public async Task A_retry_begins_a_new_delivery_count()
    {
        await EnqueueAsync("a");
        for (var attempt = 1; attempt <= Settings.MaxDeliveryCount * 3; attempt++)
        {
            var lease = await LeaseOneAsync();
            lease.DeliveryCount.ShouldBe(1);
            await lease.RetryAsync(Now, Attempt(attempt), default);
        }

        (await LeaseOneAsync()).Progress.AttemptsMade.ShouldBe(Settings.MaxDeliveryCount * 3);
        (await DeadLetters.CountAsync(default)).ShouldBe(0);
    }

    [Fact]
    public async Task Of_a_long_history_the_first_attempt_and_the_newest_travel()
    {
        await EnqueueAsync("a");
        for (var attempt = 1; attempt <= DeliveryProgress.MaxRecords + 6; attempt++) await (await LeaseOneAsync()).RetryAsync(Now, Attempt(attempt), default);

        var progress = (await LeaseOneAsync()).Progress;

        progress.AttemptsMade.ShouldBe(DeliveryProgress.MaxRecords + 6);
        progress.Attempts.Select(attempt => attempt.Number).ShouldBe([1, .. Enumerable.Range(8, DeliveryProgress.MaxRecords - 1)]);
    }

    [Fact]
    public async Task A_retry_for_a_time_that_passed_is_due_now()
    {
        await EnqueueAsync("a");
        await (await LeaseOneAsync()).RetryAsync(Now.AddDays(-3), Attempt(1), default);

        (await LeaseOneAsync()).Progress.AttemptsMade.ShouldBe(1);
    }

    [Fact]
    public async Task Fault_4_a_retry_leaves_exactly_one_copy()
    {
        await EnqueueAsync("a");
        await (await LeaseOneAsync()).RetryAsync(Now.AddMinutes(5), Attempt(1), default);
        var counts = await Queue.CountAsync(default);
        (counts.Active, counts.Scheduled, counts.Locked, counts.Dead).ShouldBe((0, 1, 0, 0));

        await AdvanceAsync(TimeSpan.FromHours(1));

        (await LeaseAsync(10)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Fault_4_of_a_retry_on_a_lost_lock_nothing_remains()
    {
        await EnqueueAsync("a");
        var lost = await LeaseOneAsync();
        await LocksRunOutAsync();
        await Should.ThrowAsync<LockLostException>(() => lost.RetryAsync(Now.AddMinutes(5), Attempt(1), default));

        await AdvanceAsync(TimeSpan.FromHours(1));

        (await LeaseAsync(10)).ShouldHaveSingleItem().Progress.Attempts.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_postponed_message_is_due_at_its_time_and_spends_no_attempt()
    {
        await EnqueueAsync("a");
        await (await LeaseOneAsync()).RetryAsync(Now, Attempt(1), default);
        await (await LeaseOneAsync()).PostponeAsync(Now.AddMinutes(5), default);

        await AdvanceAsync(TimeSpan.FromMinutes(5) - TimeSpan.FromSeconds(1));
        await NothingIsDueAsync();
        await AdvanceAsync(TimeSpan.FromSeconds(1));
        var lease = (await LeaseAsync(10)).ShouldHaveSingleItem();

        (lease.Progress.AttemptsMade, lease.Progress.Postponements, lease.DeliveryCount).ShouldBe((1, 1, 1));
        lease.Progress.Attempts.ShouldHaveSingleItem().Number.ShouldBe(1);
    }

    [Fact]
    public async Task However_often_a_message_goes_back_no_copy_is_taken_for_a_duplicate()
    {
        await EnqueueAsync("a");
        for (var round = 1; round <= 12; round++)
        {
            await (await LeaseOneAsync()).PostponeAsync(Now, default);
            await (await LeaseOneAsync()).PostponeAsync(Now, default);
            await (await LeaseOneAsync()).RetryAsync(Now, Attempt(round), default);
        }

        var lease = (await LeaseAsync(2)).ShouldHaveSingleItem();
        (lease.Progress.AttemptsMade, lease.Progress.Postponements).ShouldBe((12, 24));
    }
}
