using System.Transactions;
using Posthorn.Queues;
using Posthorn.Sqlite.Broker;
using Lite = Amqp;

namespace Posthorn.Tests.Worker.Amqp;

public class TransactionTests
{
    [Fact]
    public async Task What_is_sent_and_settled_in_one_is_done_when_it_commits_and_not_before()
    {
        await using var door = await DoorHarness.StartAsync();
        await EnqueueAsync(door, "m1");
        var session = await door.ConnectAsync();
        var (sender, receiver) = (new Lite.SenderLink(session, "sender", DoorHarness.Queue), new Lite.ReceiverLink(session, "receiver", DoorHarness.Queue));
        var message = await receiver.ReceiveAsync(DoorHarness.Patience);

        await InOneAsync(async () =>
        {
            await sender.SendAsync(Mail("m1:1"));
            receiver.Accept(message);
            Peeked(door).ShouldBe("m1");
        });

        Peeked(door).ShouldBe("m1:1");
    }

    [Fact]
    public async Task Nothing_of_what_is_rolled_back_is_done_and_what_was_to_be_settled_stays_locked()
    {
        await using var door = await DoorHarness.StartAsync();
        await EnqueueAsync(door, "m1");
        var session = await door.ConnectAsync();
        var (sender, receiver) = (new Lite.SenderLink(session, "sender", DoorHarness.Queue), new Lite.ReceiverLink(session, "receiver", DoorHarness.Queue));
        var message = await receiver.ReceiveAsync(DoorHarness.Patience);

        using (new TransactionScope(TransactionScopeAsyncFlowOption.Enabled))
        {
            await sender.SendAsync(Mail("m1:1"));
            receiver.Accept(message);
        }

        await sender.SendAsync(Mail("after")); // The rollback came before it on the same connection.
        Peeked(door).ShouldBe("m1, after");
        (await door.Broker.IsHeldAsync(BrokerEntity.Queue, LockToken.From(new Guid(message.DeliveryTag)))).ShouldBeTrue();
    }

    [Fact]
    public async Task A_dead_letter_goes_back_in_one()
    {
        await using var door = await DoorHarness.StartAsync();
        await EnqueueAsync(door, "m1");
        foreach (var lease in await door.Store.ReceiveAsync(1, TimeSpan.Zero, CancellationToken.None)) await lease.DeadLetterAsync(new("Gone"), "410", null, CancellationToken.None);
        var session = await door.ConnectAsync();
        var (sender, receiver) = (new Lite.SenderLink(session, "sender", DoorHarness.Queue), new Lite.ReceiverLink(session, "receiver", DoorHarness.DeadLetters));
        var letter = await receiver.ReceiveAsync(DoorHarness.Patience);

        await InOneAsync(async () =>
        {
            await sender.SendAsync(Mail("m1:r1"));
            receiver.Accept(letter);
        });

        Peeked(door).ShouldBe("m1:r1");
        (await door.Store.DeadLetters.CountAsync(CancellationToken.None)).ShouldBe(0);
    }

    [Fact]
    public async Task One_whose_lock_was_lost_meanwhile_is_refused_whole()
    {
        await using var door = await DoorHarness.StartAsync();
        await EnqueueAsync(door, "m1");
        var session = await door.ConnectAsync();
        var (sender, receiver) = (new Lite.SenderLink(session, "sender", DoorHarness.Queue), new Lite.ReceiverLink(session, "receiver", DoorHarness.Queue));
        var message = await receiver.ReceiveAsync(DoorHarness.Patience);
        var scope = new TransactionScope(TransactionScopeAsyncFlowOption.Enabled);
        await sender.SendAsync(Mail("m1:1"));
        receiver.Accept(message);
        using (new TransactionScope(TransactionScopeOption.Suppress, TransactionScopeAsyncFlowOption.Enabled))
            await DoorHarness.ManageAsync(session, "peek-message", new Lite.Types.Map { ["from-sequence-number"] = 0L, ["message-count"] = 1 }); // By then the server has read what was settled.
        await door.Broker.SettleAsync(BrokerEntity.Queue, LockToken.From(new Guid(message.DeliveryTag)), new Settlement.Abandon());
        scope.Complete();

        Should.Throw<TransactionException>(scope.Dispose);

        Peeked(door).ShouldBe("m1");
    }

    [Fact]
    public async Task More_than_a_hundred_messages_are_refused()
    {
        await using var door = await DoorHarness.StartAsync();
        var sender = new Lite.SenderLink(await door.ConnectAsync(), "sender", DoorHarness.Queue);
        using var scope = new TransactionScope(TransactionScopeAsyncFlowOption.Enabled);
        for (var i = 0; i < 100; i++) await sender.SendAsync(Mail($"m{i}"));

        var refused = await Should.ThrowAsync<Lite.AmqpException>(sender.SendAsync(Mail("one more")));

        refused.Error.Condition.ShouldBe(new Lite.Types.Symbol("amqp:not-allowed"));
        Peeked(door).ShouldBe("");
    }

    [Fact]
    public async Task Who_has_no_claim_begins_none()
    {
        await using var door = await DoorHarness.StartAsync();
        var closed = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var attach = new Lite.Framing.Attach { Source = new Lite.Framing.Source(), Target = new Lite.Transactions.Coordinator() };

        var controller = new Lite.SenderLink(await door.ConnectAsync(password: null), "controller", attach, null);
        controller.AddClosedCallback((_, error) => closed.TrySetResult(error.Condition));
        if (controller.IsClosed) closed.TrySetResult(controller.Error.Condition);

        (await closed.Task.WaitAsync(DoorHarness.Patience)).ShouldBe("amqp:unauthorized-access");
    }

    private static async Task InOneAsync(Func<Task> work)
    {
        using var scope = new TransactionScope(TransactionScopeAsyncFlowOption.Enabled);
        await work();
        await Task.Yield(); // The commit waits for an answer, and this may be the thread that reads it.
        scope.Complete();
    }

    private static Lite.Message Mail(string id) => new() { Properties = new() { MessageId = id }, BodySection = new Lite.Framing.Data { Binary = [1] } };

    private static Task EnqueueAsync(DoorHarness door, string id) => door.Store.EnqueueAsync([new QueueMessage { MessageId = id, Body = "{}"u8.ToArray() }], CancellationToken.None);

    private static string Peeked(DoorHarness door) => string.Join(", ", door.Broker.PeekAsync(BrokerEntity.Queue, 0, 200).Result.Select(message => message.Message.MessageId));
}
