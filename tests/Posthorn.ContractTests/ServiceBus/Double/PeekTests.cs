using Azure.Messaging.ServiceBus;

namespace Posthorn.ContractTests.ServiceBus.Double;

public sealed class PeekTests : DoubleFacts
{
    [Fact]
    public async Task A_peek_shows_messages_of_every_state_in_the_order_of_their_numbers_and_locks_none()
    {
        await SendAsync("deferred", "locked");
        await Receiver.DeferMessageAsync(await ReceiveAsync());
        await ReceiveAsync();
        await Sender.ScheduleMessageAsync(Message("scheduled"), Now.AddMinutes(1));
        await SendAsync("active");

        var peeked = await Receiver.PeekMessagesAsync(10);

        peeked.Select(message => (message.MessageId, message.State)).ShouldBe([
            ("deferred", ServiceBusMessageState.Deferred), ("locked", ServiceBusMessageState.Active),
            ("scheduled", ServiceBusMessageState.Scheduled), ("active", ServiceBusMessageState.Active),
        ]);
        peeked.ShouldAllBe(message => message.DeliveryCount == 0 && message.LockToken == Guid.Empty.ToString());
        (await ReceiveAsync()).MessageId.ShouldBe("active");
    }

    [Fact]
    public async Task A_peek_gives_at_most_250()
    {
        await Sender.SendMessagesAsync(Enumerable.Range(0, 300).Select(number => Message($"{number}")));

        (await Receiver.PeekMessagesAsync(1000)).Count.ShouldBe(250);
    }

    [Fact]
    public async Task A_peek_goes_on_after_the_last_one_or_from_a_number()
    {
        await SendAsync("a", "b", "c", "d");

        Ids(await Receiver.PeekMessagesAsync(2)).ShouldBe(["a", "b"]);
        Ids(await Receiver.PeekMessagesAsync(1)).ShouldBe(["c"]);
        Ids(await Receiver.PeekMessagesAsync(2, fromSequenceNumber: 1)).ShouldBe(["a", "b"]);
        Ids(await Receiver.PeekMessagesAsync(10)).ShouldBe(["c", "d"]);
        (await Receiver.PeekMessagesAsync(10)).ShouldBeEmpty();
        Ids(await Client.CreateReceiver(Q).PeekMessagesAsync(10)).ShouldBe(["a", "b", "c", "d"]);
    }
}
