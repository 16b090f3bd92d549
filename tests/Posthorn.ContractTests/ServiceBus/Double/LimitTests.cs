using Azure.Messaging.ServiceBus;
using Posthorn.ServiceBusDouble;

namespace Posthorn.ContractTests.ServiceBus.Double;

public sealed class LimitTests : DoubleFacts
{
    protected override QueueRules Rules { get; } = new() { MaxMessageBytes = 2048, MaxBatchBytes = 4096, MaxSizeBytes = 8192 };

    [Fact]
    public async Task A_message_that_is_too_large_is_refused()
    {
        (await ReasonOfAsync(() => Sender.SendMessageAsync(Large("a", 2048)))).ShouldBe(ServiceBusFailureReason.MessageSizeExceeded);
        await Sender.SendMessageAsync(Large("a", 1800));
    }

    [Fact]
    public async Task Properties_count()
    {
        var message = Message("a");
        message.ApplicationProperties["text"] = new string('x', 2048);

        (await ReasonOfAsync(() => Sender.SendMessageAsync(message))).ShouldBe(ServiceBusFailureReason.MessageSizeExceeded);
    }

    [Fact]
    public async Task Messages_that_are_too_large_together_are_refused_together()
    {
        (await ReasonOfAsync(() => Sender.SendMessagesAsync([Large("a", 1800), Large("b", 1800), Large("c", 1800)])))
            .ShouldBe(ServiceBusFailureReason.MessageSizeExceeded);
        Contents.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_batch_takes_what_it_has_room_for_and_is_sent_whole()
    {
        using var batch = await Sender.CreateMessageBatchAsync();

        batch.TryAddMessage(Large("a", 1800)).ShouldBeTrue();
        batch.TryAddMessage(Large("b", 1800)).ShouldBeTrue();
        batch.TryAddMessage(Large("c", 1800)).ShouldBeFalse();

        (batch.Count, batch.MaxSizeInBytes).ShouldBe((2, 4096));
        batch.SizeInBytes.ShouldBeInRange(3600, 4096);
        await Sender.SendMessagesAsync(batch);
        Contents.ShouldBe("active a b");
    }

    [Fact]
    public async Task A_batch_is_no_larger_than_the_queue_allows()
    {
        (await Sender.CreateMessageBatchAsync(new CreateMessageBatchOptions { MaxSizeInBytes = 100 })).MaxSizeInBytes.ShouldBe(100);
        await Should.ThrowAsync<ArgumentOutOfRangeException>(() =>
            Sender.CreateMessageBatchAsync(new CreateMessageBatchOptions { MaxSizeInBytes = 5000 }).AsTask());
    }

    [Fact]
    public async Task A_full_queue_refuses_and_dead_letters_fill_it()
    {
        for (var i = 0; i < 4; i++)
        {
            await Sender.SendMessageAsync(Large($"{i}", 1800));
            await Receiver.DeadLetterMessageAsync(await ReceiveAsync());
        }

        (await ReasonOfAsync(() => Sender.SendMessageAsync(Large("more", 1800)))).ShouldBe(ServiceBusFailureReason.QuotaExceeded);
        await DeadReceiver.CompleteMessageAsync(await ReceiveAsync(DeadReceiver));
        await Sender.SendMessageAsync(Large("more", 1800));
    }

    [Fact]
    public async Task A_queue_that_is_not_there_is_not_found()
    {
        Space.RemoveQueue(Q);

        (await ReasonOfAsync(() => Sender.SendMessageAsync(Message("a")))).ShouldBe(ServiceBusFailureReason.MessagingEntityNotFound);
        (await ReasonOfAsync(() => Receiver.ReceiveMessageAsync(Patience))).ShouldBe(ServiceBusFailureReason.MessagingEntityNotFound);
        (await ReasonOfAsync(() => DeadReceiver.PeekMessageAsync())).ShouldBe(ServiceBusFailureReason.MessagingEntityNotFound);
    }

    private static ServiceBusMessage Large(string id, int bytes) => Message(id, new string('x', bytes));
}
