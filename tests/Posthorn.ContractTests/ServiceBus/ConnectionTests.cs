using Azure.Messaging.ServiceBus;
using Posthorn.ContractTests.ServiceBus.Faults;
using Posthorn.Queues;
using Posthorn.ServiceBus.Links;
using Posthorn.ServiceBusDouble;

namespace Posthorn.ContractTests.ServiceBus;

/// <summary>How the adapter holds its connections: several of them, cancelled waits, the end, and clocks that are set.</summary>
public sealed class ConnectionTests
{
    [Theory]
    [InlineData(2, 5)]
    [InlineData(4, 5)]
    [InlineData(4, 2)]
    [InlineData(32, 10)]
    public async Task Several_connections_give_no_more_leases_than_asked_for_and_all_there_are(int clients, int max)
    {
        await using var harness = new DoubleHarness();
        var queue = harness.Open(new Queues.QueueSettings(), options => options with { Clients = clients });
        await queue.EnqueueAsync([.. Enumerable.Range(0, 40).Select(i => Story.Message($"m{i}"))], default);

        var all = new List<ILease>();
        for (var empty = 0; empty < 2;)
        {
            var leases = await queue.ReceiveAsync(max, TimeSpan.Zero, default);
            leases.Count.ShouldBeLessThanOrEqualTo(max);
            all.AddRange(leases);
            empty = leases.Count == 0 ? empty + 1 : 0;
        }

        all.Select(lease => lease.Message.MessageId).Distinct(StringComparer.Ordinal).Count().ShouldBe(40);
        foreach (var lease in all) await lease.CompleteAsync(default);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_one_connection_received_is_given_out_though_another_failed_or_was_cancelled(bool isCancelled)
    {
        await using var harness = new DoubleHarness();
        var queue = harness.Open(new Queues.QueueSettings(), options => options with { Clients = 2 });
        await queue.EnqueueAsync([Story.Message("a")], default);
        using var cancelling = new CancellationTokenSource();
        harness.Namespace.Faults.FailNth(BrokerOperation.Receive, 2, isCancelled ? Fault.Before(new TaskCanceledException()) : Fault.Before(ServiceBusFailureReason.ServiceBusy));
        harness.Namespace.Faults.Hook = call =>
        {
            if (isCancelled && call.Operation == BrokerOperation.Receive && call.Earlier % 2 == 1) cancelling.Cancel();
            return null;
        };

        (await queue.ReceiveAsync(10, TimeSpan.Zero, cancelling.Token)).ShouldHaveSingleItem().Message.MessageId.ShouldBe("a");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_wait_that_is_cancelled_ends_and_loses_nothing(bool sessions)
    {
        await using var story = new Story(sessions);
        _ = story.Queue;
        using var cancelling = new CancellationTokenSource();
        var waiting = story.Queue.ReceiveAsync(1, TimeSpan.FromMinutes(5), cancelling.Token);
        await cancelling.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(waiting);

        await story.EnqueueAsync("a");
        (await story.LeaseOneAsync()).DeliveryCount.ShouldBe(1);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_queue_that_is_closed_ends_its_waits_and_refuses_what_comes_after(bool sessions)
    {
        await using var story = new Story(sessions);
        var queue = story.Queue;
        Task[] waits = [.. Enumerable.Range(0, 3).Select(_ => queue.ReceiveAsync(1, TimeSpan.FromMinutes(5), default))];

        await queue.DisposeAsync();
        await queue.DisposeAsync();

        foreach (var wait in waits) await EndsAsync(wait);
        await Should.ThrowAsync<QueueUnavailableException>(() => queue.ReceiveAsync(1, TimeSpan.Zero, default));
        await Should.ThrowAsync<QueueUnavailableException>(() => queue.EnqueueAsync([Story.Message("a")], default));
        await Should.ThrowAsync<QueueUnavailableException>(() => queue.PingAsync(default));
    }

    [Fact]
    public async Task A_receive_of_sessions_that_is_not_to_wait_does_not_wait_for_a_session()
    {
        await using var harness = new DoubleHarness(requiresSessions: true);
        var queue = harness.Open(new Queues.QueueSettings(), options => options with { Retry = new ServiceBusRetryOptions { TryTimeout = TimeSpan.FromMinutes(1), MaxRetries = 0 } });
        var receiving = queue.ReceiveAsync(1, TimeSpan.Zero, default);
        (await receiving.WaitAsync(TimeSpan.FromSeconds(20))).ShouldBeEmpty();
        await queue.EnqueueAsync([Story.Message("a")], default);

        (await queue.ReceiveAsync(1, TimeSpan.FromSeconds(20), default)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_session_whose_beginning_fails_is_let_go_of_at_once()
    {
        await using var story = new Story(sessions: true);
        await story.Queue.EnqueueAsync([Story.Message("a") with { OrderingKey = "k" }], default);
        story.Space.Faults.FailNext(BrokerOperation.GetState, Fault.Before(ServiceBusFailureReason.ServiceCommunicationProblem));

        (await story.LeaseAllAsync()).ShouldHaveSingleItem().Message.MessageId.ShouldBe("a", "without waiting for the end of a lock");
    }

    [Fact]
    public async Task A_session_that_is_lost_is_no_failure_of_the_queue()
    {
        await using var story = new Story(sessions: true);
        await story.Queue.EnqueueAsync([Story.Message("a") with { OrderingKey = "k" }, Story.Message("b") with { OrderingKey = "l" }], default);
        story.Space.Faults.FailNext(BrokerOperation.GetState, Fault.Before(ServiceBusFailureReason.SessionLockLost));
        story.Space.Faults.FailNext(BrokerOperation.Receive, Fault.Before(ServiceBusFailureReason.SessionLockLost));

        var ids = new HashSet<string>(StringComparer.Ordinal);
        for (var looks = 0; looks < 20 && ids.Count < 2; looks++)
            foreach (var lease in await story.Queue.ReceiveAsync(10, TimeSpan.Zero, default)) ids.Add(lease.Message.MessageId);

        ids.Count.ShouldBe(2);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(-10)]
    public void Fault_14_a_clock_that_is_set_neither_ends_a_lock_nor_lengthens_it(int minutes)
    {
        var clock = new SetClock();
        var term = new LockTerm(TimeSpan.FromMinutes(1), clock);

        clock.IsOffBy = TimeSpan.FromMinutes(minutes);

        (term.Left, term.IsOld, term.Until).ShouldBe((TimeSpan.FromMinutes(1), false, clock.GetUtcNow().AddMinutes(1)));
        clock.Advance(TimeSpan.FromSeconds(40));
        (term.Left, term.IsOld, term.Until).ShouldBe((TimeSpan.FromSeconds(20), true, clock.GetUtcNow().AddSeconds(20)));
    }

    [Fact]
    public async Task Nothing_is_prefetched()
    {
        await using var story = new Story(sessions: false);
        await story.EnqueueAsync("a", "b", "c");

        await story.Queue.ReceiveAsync(1, TimeSpan.Zero, default);

        (story.Look.Locked.Count, story.Look.Active.Count).ShouldBe((1, 2));
    }

    /// <summary>It ended: without mail, or because the queue is closed.</summary>
    private static async Task EndsAsync(Task wait)
    {
        try
        {
            await wait.WaitAsync(TimeSpan.FromSeconds(20));
        }
        catch (QueueUnavailableException)
        {
            // So it was told.
        }
    }
}
