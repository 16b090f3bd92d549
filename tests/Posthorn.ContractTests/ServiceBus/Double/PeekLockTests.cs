using Azure.Messaging.ServiceBus;

namespace Posthorn.ContractTests.ServiceBus.Double;

public sealed class PeekLockTests : DoubleFacts
{
    [Fact]
    public async Task Messages_come_in_the_order_they_were_sent_and_a_locked_one_is_hidden()
    {
        await SendAsync("a", "b", "c");

        Ids(await Receiver.ReceiveMessagesAsync(2, Patience)).ShouldBe(["a", "b"]);
        Ids(await Receiver.ReceiveMessagesAsync(2, Patience)).ShouldBe(["c"]);
        await NothingComesAsync();
        Contents.ShouldBe("locked a b c");
    }

    [Fact]
    public async Task A_completed_message_is_gone()
    {
        await SendAsync("a");
        await Receiver.CompleteMessageAsync(await ReceiveAsync());
        LocksRunOut();

        await NothingComesAsync();
    }

    [Fact]
    public async Task A_lock_that_ended_is_lost_and_the_delivery_counts()
    {
        await SendAsync("a");
        var held = await ReceiveAsync();
        LocksRunOut();

        (await ReasonOfAsync(() => Receiver.CompleteMessageAsync(held))).ShouldBe(ServiceBusFailureReason.MessageLockLost);
        (await ReasonOfAsync(() => Receiver.RenewMessageLockAsync(held))).ShouldBe(ServiceBusFailureReason.MessageLockLost);
        (await ReceiveAsync()).DeliveryCount.ShouldBe(2);
    }

    [Fact]
    public async Task A_renewed_lock_lasts_from_the_renewal()
    {
        await SendAsync("a");
        var held = await ReceiveAsync();
        Clock.Advance(TimeSpan.FromSeconds(20));
        await Receiver.RenewMessageLockAsync(held);
        Clock.Advance(TimeSpan.FromSeconds(20));

        held.LockedUntil.ShouldBe(Now.AddSeconds(10));
        await Receiver.CompleteMessageAsync(held);
        Contents.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_abandoned_message_is_due_at_once_in_its_place_with_its_delivery_spent_and_its_properties_changed()
    {
        await SendAsync("a", "b");
        await Receiver.AbandonMessageAsync(await ReceiveAsync(), new Dictionary<string, object> { ["why"] = "busy" });

        var again = await ReceiveAsync();

        (again.MessageId, again.DeliveryCount, again.ApplicationProperties["why"]).ShouldBe(("a", 2, "busy"));
    }

    [Fact]
    public async Task A_message_settled_twice_has_lost_its_lock()
    {
        await SendAsync("a");
        var held = await ReceiveAsync();
        await Receiver.CompleteMessageAsync(held);

        (await ReasonOfAsync(() => Receiver.CompleteMessageAsync(held))).ShouldBe(ServiceBusFailureReason.MessageLockLost);
    }

    [Fact]
    public async Task Another_receiver_cannot_settle_it()
    {
        await SendAsync("a");
        var held = await ReceiveAsync();
        await using var other = Client.CreateReceiver(Q);

        (await ReasonOfAsync(() => other.CompleteMessageAsync(held))).ShouldBe(ServiceBusFailureReason.MessageLockLost);
    }

    [Fact]
    public async Task The_last_failed_delivery_dead_letters()
    {
        await SendAsync("a");
        for (var delivery = 1; delivery < Rules.MaxDeliveryCount; delivery++) await Receiver.AbandonMessageAsync(await ReceiveAsync());
        (await ReceiveAsync()).DeliveryCount.ShouldBe(3);
        LocksRunOut();

        await NothingComesAsync();

        var dead = Space.Look(Q).Dead.ShouldHaveSingleItem();
        (dead.DeadLetterReason, dead.DeadLetterErrorDescription, dead.DeliveryCount)
            .ShouldBe(("MaxDeliveryCountExceeded", "Message could not be consumed after 3 delivery attempts.", 3));
    }

    [Fact]
    public async Task Receive_and_delete_leaves_nothing_to_settle()
    {
        await SendAsync("a");
        await using var receiver = Client.CreateReceiver(Q, new ServiceBusReceiverOptions { ReceiveMode = ServiceBusReceiveMode.ReceiveAndDelete });
        var received = await ReceiveAsync(receiver);

        await Should.ThrowAsync<InvalidOperationException>(() => receiver.CompleteMessageAsync(received));
        Contents.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_peeked_message_cannot_be_settled()
    {
        await SendAsync("a");
        var peeked = (await Receiver.PeekMessageAsync()).ShouldNotBeNull();

        await Should.ThrowAsync<InvalidOperationException>(() => Receiver.CompleteMessageAsync(peeked));
    }

    [Fact]
    public async Task Arguments_are_checked_as_the_SDK_checks_them()
    {
        await Should.ThrowAsync<ArgumentOutOfRangeException>(() => Receiver.ReceiveMessagesAsync(0));
        await Should.ThrowAsync<ArgumentOutOfRangeException>(() => Receiver.ReceiveMessageAsync(TimeSpan.Zero));
        await Should.ThrowAsync<ArgumentNullException>(() => Receiver.CompleteMessageAsync(null!));
        await Should.ThrowAsync<ArgumentNullException>(() => Sender.SendMessageAsync(null!));
        await using var prefetching = Client.CreateReceiver(Q, new ServiceBusReceiverOptions { PrefetchCount = 1 });
        (await prefetching.ReceiveMessageAsync(TimeSpan.Zero)).ShouldBeNull();
    }
}
