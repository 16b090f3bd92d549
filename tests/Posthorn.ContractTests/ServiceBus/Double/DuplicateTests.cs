using Azure.Messaging.ServiceBus;
using Posthorn.ServiceBusDouble;

namespace Posthorn.ContractTests.ServiceBus.Double;

public sealed class DuplicateTests : DoubleFacts
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(10);

    protected override QueueRules Rules { get; } = new() { DuplicateWindow = Window };

    [Fact]
    public async Task A_second_message_of_an_id_is_taken_and_dropped()
    {
        await Sender.SendMessagesAsync([Message("a"), Message("b"), Message("a")]);
        await SendAsync("a");

        Contents.ShouldBe("active a b");
    }

    [Fact]
    public async Task An_id_is_remembered_for_the_window_though_its_message_is_done()
    {
        await SendAsync("a");
        await Receiver.CompleteMessageAsync(await ReceiveAsync());
        Clock.Advance(Window - TimeSpan.FromSeconds(1));
        await SendAsync("a");
        await NothingComesAsync();

        Clock.Advance(TimeSpan.FromSeconds(1));
        await SendAsync("a");
        (await ReceiveAsync()).MessageId.ShouldBe("a");
    }

    [Fact]
    public async Task A_scheduled_message_is_remembered_from_when_it_was_sent()
    {
        await Sender.SendMessageAsync(new ServiceBusMessage("{}") { MessageId = "a", ScheduledEnqueueTime = Now.AddHours(1) });
        await SendAsync("a");
        await NothingComesAsync();

        Clock.Advance(Window);
        await SendAsync("a");
        (await ReceiveAsync()).MessageId.ShouldBe("a");
    }

    [Fact]
    public async Task A_queue_without_detection_takes_every_copy()
    {
        Space.AddQueue("plain");
        await using var sender = Client.CreateSender("plain");
        await sender.SendMessagesAsync([Message("a"), Message("a")]);

        Space.Look("plain").Active.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_message_without_an_id_gets_one_of_its_own()
    {
        await Sender.SendMessagesAsync([new ServiceBusMessage("{}"), new ServiceBusMessage("{}")]);

        Ids(Space.Look(Q).Active).Distinct().Count().ShouldBe(2);
    }
}
