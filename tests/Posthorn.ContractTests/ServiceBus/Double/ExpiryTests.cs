using Azure.Messaging.ServiceBus;
using Posthorn.ServiceBusDouble;

namespace Posthorn.ContractTests.ServiceBus.Double;

public sealed class ExpiryTests : DoubleFacts
{
    protected override QueueRules Rules { get; } = new() { DefaultTimeToLive = TimeSpan.FromHours(1), DeadLettersExpired = true };

    [Fact]
    public async Task The_queue_s_time_to_live_is_a_ceiling()
    {
        await Sender.SendMessageAsync(new ServiceBusMessage("{}") { MessageId = "long", TimeToLive = TimeSpan.FromDays(1) });
        await Sender.SendMessageAsync(new ServiceBusMessage("{}") { MessageId = "short", TimeToLive = TimeSpan.FromMinutes(1) });

        var messages = Space.Look(Q).Active;

        messages.Select(message => message.TimeToLive).ShouldBe([TimeSpan.FromHours(1), TimeSpan.FromMinutes(1)]);
        messages.Select(message => message.ExpiresAt).ShouldBe([Now.AddHours(1), Now.AddMinutes(1)]);
    }

    [Fact]
    public async Task An_expired_message_is_dead_lettered_when_a_receiver_comes_by_and_not_before()
    {
        await SendAsync("a");
        Clock.Advance(TimeSpan.FromHours(1));
        Contents.ShouldBe("active a");

        await NothingComesAsync();

        var dead = Space.Look(Q).Dead.ShouldHaveSingleItem();
        (dead.DeadLetterReason, dead.DeadLetterErrorDescription, dead.DeliveryCount)
            .ShouldBe(("TTLExpiredException", "The message expired and was dead lettered.", 0));
    }

    [Fact]
    public async Task An_expired_message_is_dropped_where_the_queue_says_so()
    {
        Space.AddQueue("dropping", new QueueRules { DefaultTimeToLive = TimeSpan.FromHours(1) });
        await Client.CreateSender("dropping").SendMessageAsync(Message("a"));
        Clock.Advance(TimeSpan.FromHours(1));

        await NothingComesAsync(Client.CreateReceiver("dropping"));

        (Space.Look("dropping").Active.Count, Space.Look("dropping").Dead.Count).ShouldBe((0, 0));
    }

    [Fact]
    public async Task A_held_message_outlives_its_time_until_it_is_let_go()
    {
        await Sender.SendMessagesAsync([Message("done"), Message("let go")]);
        Clock.Advance(TimeSpan.FromMinutes(59) + TimeSpan.FromSeconds(30));
        var held = await Receiver.ReceiveMessagesAsync(2, Patience);
        Clock.Advance(TimeSpan.FromSeconds(45));

        await Receiver.CompleteMessageAsync(held[0]);
        await Receiver.AbandonMessageAsync(held[1]);

        await NothingComesAsync();
        Contents.ShouldBe("dead let go");
    }

    [Fact]
    public async Task A_scheduled_message_lives_from_when_it_is_due()
    {
        await Sender.SendMessageAsync(new ServiceBusMessage("{}") { MessageId = "a", ScheduledEnqueueTime = Now.AddHours(2) });
        Clock.Advance(TimeSpan.FromMinutes(170));

        (await ReceiveAsync()).ExpiresAt.ShouldBe(Now.AddMinutes(10));
    }

    [Fact]
    public async Task A_deferred_message_expires_too()
    {
        await SendAsync("a");
        var held = await ReceiveAsync();
        await Receiver.DeferMessageAsync(held);
        Clock.Advance(TimeSpan.FromHours(1));

        (await ReasonOfAsync(() => Receiver.ReceiveDeferredMessageAsync(held.SequenceNumber))).ShouldBe(ServiceBusFailureReason.MessageNotFound);
        Contents.ShouldBe("dead a");
    }
}
