using System.Transactions;
using Azure.Messaging.ServiceBus;
using Posthorn.ServiceBusDouble;

namespace Posthorn.ContractTests.ServiceBus.Double;

public sealed class TransactionTests : DoubleFacts
{
    protected override QueueRules Rules { get; } =
        new() { LockDuration = TimeSpan.FromMinutes(5), DuplicateWindow = TimeSpan.FromMinutes(10), MaxSizeBytes = 100_000 };

    [Fact]
    public async Task A_send_and_a_complete_happen_together_with_the_commit()
    {
        await SendAsync("a");
        var held = await ReceiveAsync();

        using (var scope = Scope())
        {
            await Sender.SendMessageAsync(new ServiceBusMessage("{}") { MessageId = "retry", ScheduledEnqueueTime = Now.AddMinutes(1) });
            await Receiver.CompleteMessageAsync(held);
            Contents.ShouldBe("locked a");
            scope.Complete();
        }

        Contents.ShouldBe("scheduled retry");
    }

    [Fact]
    public async Task Without_the_commit_nothing_happens_and_the_lock_goes_on()
    {
        await SendAsync("a");
        var held = await ReceiveAsync();

        using (Scope())
        {
            await SendAsync("retry");
            await Receiver.CompleteMessageAsync(held);
        }

        Contents.ShouldBe("locked a");
        await Receiver.CompleteMessageAsync(held);
    }

    [Fact]
    public async Task Every_way_of_settling_is_a_part_of_it()
    {
        await SendAsync("complete", "abandon", "defer", "bury");
        var held = await Receiver.ReceiveMessagesAsync(4, Patience);

        using (var scope = Scope())
        {
            await Receiver.CompleteMessageAsync(held[0]);
            await Receiver.AbandonMessageAsync(held[1]);
            await Receiver.DeferMessageAsync(held[2]);
            await Receiver.DeadLetterMessageAsync(held[3], "reason");
            Contents.ShouldBe("locked complete abandon defer bury");
            scope.Complete();
        }

        Contents.ShouldBe("active abandon, deferred defer, dead bury");
    }

    [Fact]
    public async Task A_lock_that_is_lost_already_is_refused_within_it()
    {
        await SendAsync("a");
        var held = await ReceiveAsync();
        LocksRunOut();

        using var scope = Scope();

        (await ReasonOfAsync(() => Receiver.CompleteMessageAsync(held))).ShouldBe(ServiceBusFailureReason.MessageLockLost);
    }

    [Fact]
    public async Task A_lock_that_is_lost_before_the_commit_leaves_all_undone_and_the_caller_in_doubt()
    {
        await SendAsync("a");
        var held = await ReceiveAsync();
        Clock.Advance(TimeSpan.FromMinutes(4));

        var error = await FailsInDoubtAsync(async () =>
        {
            await SendAsync("retry");
            await Receiver.CompleteMessageAsync(held);
            Clock.Advance(TimeSpan.FromMinutes(1));
        });

        error.ShouldBeOfType<ServiceBusException>().Reason.ShouldBe(ServiceBusFailureReason.MessageLockLost);
        Contents.ShouldBe("active a");
    }

    [Fact]
    public async Task Duplicates_are_dropped_at_the_commit()
    {
        using (var scope = Scope())
        {
            await SendAsync("a");
            using (new TransactionScope(TransactionScopeOption.Suppress, TransactionScopeAsyncFlowOption.Enabled)) await SendAsync("a");
            scope.Complete();
        }

        Contents.ShouldBe("active a");
    }

    [Fact]
    public async Task What_was_rolled_back_is_not_a_duplicate_later()
    {
        using (Scope()) await SendAsync("a");

        await SendAsync("a");

        Contents.ShouldBe("active a");
    }

    [Fact]
    public async Task It_ends_after_two_minutes()
    {
        await FailsInDoubtAsync(async () =>
        {
            await SendAsync("a");
            Clock.Advance(TimeSpan.FromMinutes(2) + TimeSpan.FromTicks(1));
            await Should.ThrowAsync<InvalidOperationException>(() => SendAsync("b"));
        });

        Contents.ShouldBeEmpty();
    }

    [Fact]
    public async Task It_takes_at_most_100_messages()
    {
        await SendAsync("a");
        var held = await ReceiveAsync();
        using var scope = Scope();
        await Sender.SendMessagesAsync(Enumerable.Range(0, 99).Select(number => Message($"{number}")));
        await Receiver.CompleteMessageAsync(held);

        await Should.ThrowAsync<InvalidOperationException>(() => SendAsync("one more"));
    }

    [Fact]
    public async Task It_is_of_one_entity_and_the_dead_letters_are_another()
    {
        await SendAsync("a");
        await Receiver.DeadLetterMessageAsync(await ReceiveAsync());
        var dead = await ReceiveAsync(DeadReceiver);
        using var scope = Scope();
        await SendAsync("replayed");

        await Should.ThrowAsync<InvalidOperationException>(() => DeadReceiver.CompleteMessageAsync(dead));
    }

    [Fact]
    public async Task It_is_of_one_client()
    {
        using var scope = Scope();
        await SendAsync("a");

        await Should.ThrowAsync<InvalidOperationException>(() => NewClient().CreateSender(Q).SendMessageAsync(Message("b")));
    }

    [Fact]
    public async Task Only_serializable_isolation_is_taken()
    {
        var options = new TransactionOptions { IsolationLevel = IsolationLevel.ReadCommitted };
        using var scope = new TransactionScope(TransactionScopeOption.Required, options, TransactionScopeAsyncFlowOption.Enabled);

        await Should.ThrowAsync<InvalidOperationException>(() => SendAsync("a"));
    }

    [Fact]
    public async Task Scheduling_by_its_own_call_is_refused_within_it()
    {
        using var scope = Scope();

        await Should.ThrowAsync<InvalidOperationException>(() => Sender.ScheduleMessageAsync(Message("a"), Now.AddMinutes(1)));
    }

    [Fact]
    public async Task Receiving_and_renewing_are_not_undone()
    {
        await SendAsync("a");
        ServiceBusReceivedMessage held;
        using (Scope())
        {
            held = await ReceiveAsync();
            Clock.Advance(TimeSpan.FromMinutes(1));
            await Receiver.RenewMessageLockAsync(held);
        }

        Clock.Advance(TimeSpan.FromMinutes(5) - TimeSpan.FromTicks(1));
        await Receiver.CompleteMessageAsync(held);
    }

    [Fact]
    public async Task A_commit_that_does_not_reach_the_broker_leaves_the_caller_in_doubt_and_all_undone()
    {
        await SendAsync("a");
        var held = await ReceiveAsync();
        Space.Faults.FailNext(BrokerOperation.Commit, Fault.Before(ServiceBusFailureReason.ServiceCommunicationProblem));

        await FailsInDoubtAsync(() => ReplaceAsync(held));

        Contents.ShouldBe("locked a");
        await Receiver.CompleteMessageAsync(held);
    }

    [Fact]
    public async Task A_commit_whose_answer_is_lost_leaves_the_caller_in_doubt_and_all_done()
    {
        await SendAsync("a");
        var held = await ReceiveAsync();
        Space.Faults.FailNext(BrokerOperation.Commit, Fault.After(new TransactionInDoubtException()));

        await FailsInDoubtAsync(() => ReplaceAsync(held));

        Contents.ShouldBe("active retry");
        Space.Calls.Of(BrokerOperation.Commit).ShouldHaveSingleItem().MessageIds.ShouldBe(["retry", "a"]);
    }

    [Fact]
    public async Task A_drop_undoes_what_is_open()
    {
        await SendAsync("a");
        var held = await ReceiveAsync();

        await FailsInDoubtAsync(async () =>
        {
            await ReplaceAsync(held);
            Space.DropLinks();
        });

        Contents.ShouldBe("locked a");
    }

    [Fact]
    public async Task A_send_beyond_the_quota_is_refused_within_it()
    {
        using var scope = Scope();

        (await ReasonOfAsync(() => Sender.SendMessageAsync(Message("a", new string('x', 100_000))))).ShouldBe(ServiceBusFailureReason.QuotaExceeded);
    }

    private static TransactionScope Scope() => new(TransactionScopeAsyncFlowOption.Enabled);

    private async Task ReplaceAsync(ServiceBusReceivedMessage held)
    {
        await SendAsync("retry");
        await Receiver.CompleteMessageAsync(held);
    }

    /// <summary>Commits what is done, and gives the cause of the doubt that comes of it.</summary>
    private static async Task<Exception?> FailsInDoubtAsync(Func<Task> act)
    {
        var scope = Scope();
        await act();
        scope.Complete();
        return Should.Throw<TransactionInDoubtException>(scope.Dispose).InnerException;
    }
}
