using Azure.Messaging.ServiceBus;

namespace Posthorn.ContractTests.ServiceBus.Double;

public sealed class LinkTests : DoubleFacts
{
    [Fact]
    public async Task After_a_drop_nobody_can_settle_and_the_message_comes_again_when_its_lock_ends()
    {
        await SendAsync("a");
        var held = await ReceiveAsync();
        Space.DropLinks();

        (await ReasonOfAsync(() => Receiver.CompleteMessageAsync(held))).ShouldBe(ServiceBusFailureReason.MessageLockLost);
        await NothingComesAsync();
        LocksRunOut();
        (await ReceiveAsync()).DeliveryCount.ShouldBe(2);
    }

    [Fact]
    public async Task A_renewal_succeeds_after_a_drop_though_settling_does_not()
    {
        await SendAsync("a");
        var held = await ReceiveAsync();
        Space.DropLinks();
        Clock.Advance(TimeSpan.FromSeconds(20));

        await Receiver.RenewMessageLockAsync(held);

        held.LockedUntil.ShouldBe(Now + Rules.LockDuration);
        (await ReasonOfAsync(() => Receiver.CompleteMessageAsync(held))).ShouldBe(ServiceBusFailureReason.MessageLockLost);
    }

    [Fact]
    public async Task A_message_can_be_settled_after_a_drop_where_locks_outlive_links()
    {
        Space.LocksOutliveLinks = true;
        await SendAsync("a");
        var held = await ReceiveAsync();
        Space.DropLinks();

        await Receiver.CompleteMessageAsync(held);

        Contents.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_waiting_receive_goes_on_after_a_drop()
    {
        var waiting = Receiver.ReceiveMessageAsync(Patience);
        Space.DropLinks();
        await SendAsync("a");

        await Receiver.CompleteMessageAsync((await waiting).ShouldNotBeNull());
    }

    [Fact]
    public async Task What_a_closed_receiver_held_stays_locked_until_its_lock_ends()
    {
        await SendAsync("a");
        await using (var closing = Client.CreateReceiver(Q)) await ReceiveAsync(closing);

        await NothingComesAsync();
        LocksRunOut();
        (await ReceiveAsync()).DeliveryCount.ShouldBe(2);
    }

    [Fact]
    public async Task A_receive_that_waits_ends_empty_when_its_receiver_is_closed_and_takes_nothing_after()
    {
        var waiting = Receiver.ReceiveMessagesAsync(1, Patience);
        await Receiver.PeekMessageAsync();
        await Receiver.CloseAsync();
        await SendAsync("a");

        (await waiting).ShouldBeEmpty();
        Contents.ShouldBe("active a");
    }

    [Fact]
    public async Task What_is_closed_does_nothing_more()
    {
        await SendAsync("a");
        var held = await ReceiveAsync();
        await Receiver.CloseAsync();
        await Sender.CloseAsync();

        (Receiver.IsClosed, Sender.IsClosed, Client.IsClosed).ShouldBe((true, true, false));
        await Should.ThrowAsync<ObjectDisposedException>(() => Receiver.CompleteMessageAsync(held));
        await Should.ThrowAsync<ObjectDisposedException>(() => Receiver.ReceiveMessageAsync(Brief));
        await Should.ThrowAsync<ObjectDisposedException>(() => Sender.SendMessageAsync(Message("b")));
    }

    [Fact]
    public async Task A_closed_client_closes_all()
    {
        await SendAsync("a");
        var held = await ReceiveAsync();
        await Client.DisposeAsync();

        Client.IsClosed.ShouldBeTrue();
        await Should.ThrowAsync<ObjectDisposedException>(() => Receiver.CompleteMessageAsync(held));
        await Should.ThrowAsync<ObjectDisposedException>(() => Sender.SendMessageAsync(Message("b")));
        Should.Throw<ObjectDisposedException>(() => Client.CreateSender(Q));
    }
}
