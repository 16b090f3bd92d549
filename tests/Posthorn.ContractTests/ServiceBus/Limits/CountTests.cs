using Azure.Messaging.ServiceBus;
using Posthorn.ContractTests.ServiceBus.Faults;
using Posthorn.Queues;
using Posthorn.ServiceBusDouble;

namespace Posthorn.ContractTests.ServiceBus.Limits;

/// <summary>Counts: by the namespace's management where this identity may, else by looking, and never a number that may be wrong.</summary>
public sealed class CountTests : IAsyncLifetime
{
    private readonly Story _story = new(sessions: false);

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _story.DisposeAsync();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task They_are_the_same_with_the_right_to_manage_and_without(bool manages)
    {
        await PrepareAsync(due: 3);
        _story.Space.GrantsManage = manages;

        (await _story.Queue.CountAsync(default)).ShouldBe(new QueueCounts(2, 1, 1, 1, TimeSpan.FromSeconds(7)));
        (await _story.Queue.DeadLetters.CountAsync(default)).ShouldBe(1);
    }

    [Fact]
    public async Task Without_the_right_to_manage_what_is_more_than_one_looks_at_is_unknown()
    {
        _story.Space.GrantsManage = false;
        await _story.EnqueueAsync([.. Enumerable.Range(0, 1999).Select(i => $"m{i}")]);
        (await _story.Queue.CountAsync(default)).Active.ShouldBe(1999);
        await _story.EnqueueAsync("one more", "and another");

        var counts = await _story.Queue.CountAsync(default);

        (counts.Active, counts.Scheduled, counts.Dead).ShouldBe((null, null, 0));
        counts.OldestAge.ShouldNotBeNull();
    }

    [Fact]
    public async Task Who_may_not_manage_is_asked_again_after_a_while_and_not_at_each_count()
    {
        _story.Space.GrantsManage = false;
        _ = _story.Queue;
        for (var i = 0; i < 5; i++) await _story.Queue.CountAsync(default);
        _story.Space.Calls.Count(BrokerOperation.GetCounts).ShouldBeLessThanOrEqualTo(1);
        _story.Space.GrantsManage = true;
        _story.Advance(TimeSpan.FromMinutes(2));
        _story.Space.Calls.Clear();

        await _story.Queue.CountAsync(default);

        _story.Space.Calls.Count(BrokerOperation.GetCounts).ShouldBe(1);
    }

    [Fact]
    public async Task Fault_11_while_the_management_is_throttled_they_are_unknown_and_nobody_looks_through_the_queue()
    {
        await PrepareAsync(due: 3);
        _story.Space.Calls.Clear();
        _story.Space.Faults.FailNext(BrokerOperation.GetCounts, Fault.Before(ServiceBusFailureReason.ServiceBusy));

        (await _story.Queue.CountAsync(default)).ShouldBe(new QueueCounts(null, null, 1, null, TimeSpan.FromSeconds(7)));

        _story.Space.Calls.Count(BrokerOperation.Peek).ShouldBe(1, "each costs what the namespace has too little of");
        (await _story.Queue.CountAsync(default)).Active.ShouldBe(2, "it passes");
    }

    [Fact]
    public async Task A_management_that_does_not_answer_is_no_failure_of_the_count()
    {
        await PrepareAsync(due: 3);
        _story.Space.Faults.FailAll(BrokerOperation.GetCounts, Fault.Before(new TaskCanceledException("The operation was cancelled because it exceeded the configured timeout.")));

        (await _story.Queue.CountAsync(default)).Active.ShouldBe(2);
    }

    [Fact]
    public async Task A_count_that_is_cancelled_is_cancelled()
    {
        _ = _story.Queue;
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => _story.Queue.CountAsync(cancelled.Token));
    }

    private async Task PrepareAsync(int due)
    {
        await _story.EnqueueAsync("dead");
        await (await _story.LeaseOneAsync()).DeadLetterAsync(DeadLetterReason.PermanentFailure, "", null, default);
        await _story.EnqueueAsync([.. Enumerable.Range(0, due).Select(i => $"m{i}")]);
        await _story.Queue.EnqueueAsync([Story.Message("later") with { DueAt = _story.Now.AddHours(1) }], default);
        await _story.LeaseOneAsync();
        _story.Advance(TimeSpan.FromSeconds(7));
    }
}
