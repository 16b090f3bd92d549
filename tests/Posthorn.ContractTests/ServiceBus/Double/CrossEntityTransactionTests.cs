using System.Transactions;
using Azure.Messaging.ServiceBus;

namespace Posthorn.ContractTests.ServiceBus.Double;

public sealed class CrossEntityTransactionTests : DoubleFacts
{
    [Fact]
    public async Task A_dead_letter_is_replayed_in_one_transaction_by_a_client_that_received_it_first()
    {
        var (sender, dead) = await OpenAsync("a");
        var held = await ReceiveAsync(dead);

        using (var scope = Scope())
        {
            await sender.SendMessageAsync(new ServiceBusMessage(held) { MessageId = "a:r1" });
            await dead.CompleteMessageAsync(held);
            scope.Complete();
        }

        Contents.ShouldBe("active a:r1");
    }

    [Fact]
    public async Task Without_the_commit_the_dead_letter_stays()
    {
        var (sender, dead) = await OpenAsync("a");
        var held = await ReceiveAsync(dead);

        using (Scope())
        {
            await sender.SendMessageAsync(new ServiceBusMessage(held) { MessageId = "a:r1" });
            await dead.CompleteMessageAsync(held);
        }

        Contents.ShouldBe("dead a");
        await dead.CompleteMessageAsync(held);
    }

    [Fact]
    public async Task A_client_that_sent_first_can_receive_from_no_other_entity()
    {
        var (sender, dead) = await OpenAsync("a");
        await sender.SendMessageAsync(Message("b"));

        await Should.ThrowAsync<InvalidOperationException>(() => dead.ReceiveMessageAsync(Brief));
    }

    [Fact]
    public async Task A_client_receives_from_one_entity_only_but_peeks_at_any()
    {
        var client = NewClient(crossEntity: true);
        await NothingComesAsync(client.CreateReceiver(Q));
        var dead = client.CreateReceiver(Q, new ServiceBusReceiverOptions { SubQueue = SubQueue.DeadLetter });

        (await dead.PeekMessageAsync()).ShouldBeNull();
        await Should.ThrowAsync<InvalidOperationException>(() => dead.ReceiveMessageAsync(Brief));
    }

    [Fact]
    public async Task After_a_drop_the_receiver_comes_back_before_the_sender()
    {
        var (sender, dead) = await OpenAsync("a");
        await ReceiveAsync(dead);
        await sender.SendMessageAsync(Message("b"));
        Space.DropLinks();

        await Should.ThrowAsync<InvalidOperationException>(() => sender.SendMessageAsync(Message("c")));
        await NothingComesAsync(dead);
        await sender.SendMessageAsync(Message("c"));
    }

    private static TransactionScope Scope() => new(TransactionScopeAsyncFlowOption.Enabled);

    /// <summary>A dead letter, and a client of its own to replay it.</summary>
    private async Task<(ServiceBusSender Sender, ServiceBusReceiver Dead)> OpenAsync(string id)
    {
        await SendAsync(id);
        await Receiver.DeadLetterMessageAsync(await ReceiveAsync(), "reason");
        var client = NewClient(crossEntity: true);
        return (client.CreateSender(Q), client.CreateReceiver(Q, new ServiceBusReceiverOptions { SubQueue = SubQueue.DeadLetter }));
    }
}
