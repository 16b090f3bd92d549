using Azure.Messaging.ServiceBus;

namespace Posthorn.ContractTests.ServiceBus.Double;

public sealed class SchedulingTests : DoubleFacts
{
    [Fact]
    public async Task A_scheduled_message_comes_at_its_time_with_a_new_number_and_arrives_then()
    {
        var due = Now.AddMinutes(5);
        await Sender.SendMessageAsync(new ServiceBusMessage("{}") { MessageId = "later", ScheduledEnqueueTime = due });
        await SendAsync("now");
        (await ReceiveAsync()).MessageId.ShouldBe("now");
        var peeked = (await Receiver.PeekMessageAsync()).ShouldNotBeNull();
        (peeked.State, peeked.SequenceNumber, peeked.ScheduledEnqueueTime).ShouldBe((ServiceBusMessageState.Scheduled, 1, due));
        await NothingComesAsync();

        Clock.Advance(TimeSpan.FromMinutes(6));

        var received = await ReceiveAsync();
        (received.MessageId, received.SequenceNumber, received.EnqueuedTime).ShouldBe(("now", 2, due.AddMinutes(-5)));
        received = await ReceiveAsync();
        (received.MessageId, received.SequenceNumber, received.EnqueuedTime, received.State).ShouldBe(("later", 3, due, ServiceBusMessageState.Active));
    }

    [Fact]
    public async Task Scheduled_messages_come_in_the_order_of_their_times()
    {
        await Sender.SendMessageAsync(new ServiceBusMessage("{}") { MessageId = "second", ScheduledEnqueueTime = Now.AddMinutes(2) });
        await Sender.SendMessageAsync(new ServiceBusMessage("{}") { MessageId = "first", ScheduledEnqueueTime = Now.AddMinutes(1) });
        Clock.Advance(TimeSpan.FromMinutes(3));

        Ids(await Receiver.ReceiveMessagesAsync(2, Patience)).ShouldBe(["first", "second"]);
    }

    [Fact]
    public async Task A_time_that_has_passed_is_now()
    {
        await Sender.SendMessageAsync(new ServiceBusMessage("{}") { MessageId = "a", ScheduledEnqueueTime = Now.AddMinutes(-1) });

        (await ReceiveAsync()).EnqueuedTime.ShouldBe(Now);
    }

    [Fact]
    public async Task A_scheduled_message_can_be_cancelled_until_it_is_due()
    {
        var first = await Sender.ScheduleMessageAsync(Message("a"), Now.AddMinutes(1));
        var second = await Sender.ScheduleMessageAsync(Message("b"), Now.AddMinutes(1));
        await Sender.CancelScheduledMessageAsync(first);
        Clock.Advance(TimeSpan.FromMinutes(1));

        (await ReceiveAsync()).MessageId.ShouldBe("b");
        (await ReasonOfAsync(() => Sender.CancelScheduledMessageAsync(second))).ShouldBe(ServiceBusFailureReason.MessageNotFound);
    }

    [Fact]
    public async Task A_waiting_receive_wakes_when_a_message_is_due()
    {
        await Sender.ScheduleMessageAsync(Message("a"), Now.AddMinutes(1));
        var waiting = ReceiveAsync();
        Clock.Advance(TimeSpan.FromMinutes(1));

        (await waiting).MessageId.ShouldBe("a");
    }
}
