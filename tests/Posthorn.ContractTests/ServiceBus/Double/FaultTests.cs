using Azure.Messaging.ServiceBus;
using Posthorn.ServiceBusDouble;

namespace Posthorn.ContractTests.ServiceBus.Double;

public sealed class FaultTests : DoubleFacts
{
    [Fact]
    public async Task A_fault_before_a_call_leaves_no_trace_of_it()
    {
        Space.Faults.FailNext(BrokerOperation.Send, Fault.Before(ServiceBusFailureReason.ServiceBusy));

        var error = await Should.ThrowAsync<ServiceBusException>(() => SendAsync("a"));

        (error.Reason, error.IsTransient, error.EntityPath).ShouldBe((ServiceBusFailureReason.ServiceBusy, true, Q));
        Contents.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_fault_after_a_call_loses_only_its_answer()
    {
        Space.Faults.FailNext(BrokerOperation.Send, Fault.After(ServiceBusFailureReason.ServiceTimeout));

        (await ReasonOfAsync(() => SendAsync("a"))).ShouldBe(ServiceBusFailureReason.ServiceTimeout);

        Contents.ShouldBe("active a");
    }

    [Fact]
    public async Task A_receive_whose_answer_is_lost_leaves_the_messages_locked()
    {
        await SendAsync("a");
        Space.Faults.FailNext(BrokerOperation.Receive, Fault.After(ServiceBusFailureReason.ServiceCommunicationProblem));

        (await ReasonOfAsync(ReceiveAsync)).ShouldBe(ServiceBusFailureReason.ServiceCommunicationProblem);

        Contents.ShouldBe("locked a");
    }

    [Fact]
    public async Task Any_exception_can_be_thrown()
    {
        Space.Faults.FailNext(BrokerOperation.Receive, Fault.Before(new UnauthorizedAccessException("revoked")));

        await Should.ThrowAsync<UnauthorizedAccessException>(ReceiveAsync);
    }

    [Fact]
    public async Task The_nth_call_of_a_kind_from_now_on_fails_and_no_other()
    {
        await SendAsync("a");
        Space.Faults.FailNth(BrokerOperation.Send, 2, Fault.Before(ServiceBusFailureReason.QuotaExceeded));
        await SendAsync("b");
        await Receiver.PeekMessageAsync();

        (await ReasonOfAsync(() => SendAsync("c"))).ShouldBe(ServiceBusFailureReason.QuotaExceeded);

        await SendAsync("d");
        Contents.ShouldBe("active a b d");
    }

    [Fact]
    public async Task All_calls_of_a_kind_fail_until_the_faults_are_cleared()
    {
        Space.Faults.FailAll(BrokerOperation.Send, Fault.Before(ServiceBusFailureReason.ServiceBusy));
        await Should.ThrowAsync<ServiceBusException>(() => SendAsync("a"));
        await Should.ThrowAsync<ServiceBusException>(() => SendAsync("a"));
        Space.Faults.Clear();

        await SendAsync("a");
    }

    [Fact]
    public async Task A_hook_sees_each_call_and_chooses()
    {
        Space.Faults.Hook = call => call is { Operation: BrokerOperation.Complete, EntityPath: Q } && call.MessageIds.Contains("bad")
            ? Fault.Before(ServiceBusFailureReason.MessageLockLost)
            : null;
        await SendAsync("good", "bad");
        await Receiver.CompleteMessageAsync(await ReceiveAsync());
        var bad = await ReceiveAsync();

        (await ReasonOfAsync(() => Receiver.CompleteMessageAsync(bad))).ShouldBe(ServiceBusFailureReason.MessageLockLost);
    }

    [Fact]
    public async Task A_hook_may_drop_the_links_as_a_call_comes()
    {
        await SendAsync("a");
        var held = await ReceiveAsync();
        Space.Faults.Hook = call =>
        {
            if (call.Operation == BrokerOperation.Complete) Space.DropLinks();
            return null;
        };

        (await ReasonOfAsync(() => Receiver.CompleteMessageAsync(held))).ShouldBe(ServiceBusFailureReason.MessageLockLost);
    }

    [Fact]
    public async Task A_held_call_takes_effect_when_it_is_released()
    {
        var release = new TaskCompletionSource();
        Space.Faults.FailNext(BrokerOperation.Send, Fault.Held(release.Task));
        var sending = SendAsync("a");
        await Receiver.PeekMessageAsync();
        (sending.IsCompleted, Contents).ShouldBe((false, ""));

        release.SetResult();
        await sending;

        Contents.ShouldBe("active a");
    }

    [Fact]
    public async Task The_log_says_what_was_called_and_how_often()
    {
        await SendAsync("a");
        await NothingComesAsync(DeadReceiver);
        await Receiver.CompleteMessageAsync(await ReceiveAsync());
        await NothingComesAsync();

        Space.Calls.All.Select(call => (call.Operation, call.EntityPath)).ShouldBe([
            (BrokerOperation.Send, Q), (BrokerOperation.Receive, DeadReceiver.EntityPath), (BrokerOperation.Receive, Q),
            (BrokerOperation.Complete, Q), (BrokerOperation.Receive, Q),
        ]);
        Space.Calls.Of(BrokerOperation.Complete).ShouldHaveSingleItem().MessageIds.ShouldBe(["a"]);
        Space.Calls.Count(BrokerOperation.Receive).ShouldBe(3);
        Space.Calls.All[^1].Earlier.ShouldBe(2);
        Space.Calls.Clear();
        Space.Calls.All.ShouldBeEmpty();
    }
}
