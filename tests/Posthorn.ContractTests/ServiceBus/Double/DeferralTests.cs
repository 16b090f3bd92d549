using Azure.Messaging.ServiceBus;

namespace Posthorn.ContractTests.ServiceBus.Double;

public sealed class DeferralTests : DoubleFacts
{
    [Fact]
    public async Task A_deferred_message_comes_only_when_it_is_asked_for_by_its_number()
    {
        await SendAsync("a", "b");
        var held = await ReceiveAsync();
        await Receiver.DeferMessageAsync(held, new Dictionary<string, object> { ["step"] = 2 });
        (await ReceiveAsync()).MessageId.ShouldBe("b");
        await NothingComesAsync();

        var deferred = await Receiver.ReceiveDeferredMessageAsync(held.SequenceNumber);

        (deferred.MessageId, deferred.State, deferred.ApplicationProperties["step"]).ShouldBe(("a", ServiceBusMessageState.Deferred, 2));
        await Receiver.CompleteMessageAsync(deferred);
        Contents.ShouldBe("locked b");
    }

    [Fact]
    public async Task A_deferred_message_whose_lock_ended_or_that_was_abandoned_is_deferred_still()
    {
        await SendAsync("a");
        var held = await ReceiveAsync();
        await Receiver.DeferMessageAsync(held);
        await Receiver.ReceiveDeferredMessageAsync(held.SequenceNumber);
        LocksRunOut();
        await Receiver.AbandonMessageAsync(await Receiver.ReceiveDeferredMessageAsync(held.SequenceNumber));

        await NothingComesAsync();
        Space.Look(Q).Deferred.ShouldHaveSingleItem().DeliveryCount.ShouldBe(2);
    }

    [Fact]
    public async Task All_that_are_asked_for_must_be_there_and_deferred()
    {
        await SendAsync("a", "b");
        var held = await ReceiveAsync();
        await Receiver.DeferMessageAsync(held);

        (await ReasonOfAsync(() => Receiver.ReceiveDeferredMessagesAsync([held.SequenceNumber, 2]))).ShouldBe(ServiceBusFailureReason.MessageNotFound);
        (await Receiver.ReceiveDeferredMessagesAsync([held.SequenceNumber])).ShouldHaveSingleItem();
    }
}
