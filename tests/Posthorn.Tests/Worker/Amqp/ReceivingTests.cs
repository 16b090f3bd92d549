using Posthorn.Queues;
using Posthorn.Sqlite.Broker;
using Posthorn.Tests.Amqp.Support;
using Lite = Amqp;

namespace Posthorn.Tests.Worker.Amqp;

public class ReceivingTests
{
    [Fact]
    public async Task What_a_producer_sent_comes_back_unchanged()
    {
        await using var door = await DoorHarness.StartAsync();
        var session = await door.ConnectAsync();
        var when = new DateTime(2024, 3, 21, 15, 30, 45, DateTimeKind.Utc);
        var message = new Lite.Message
        {
            Header = new() { Priority = 7 },
            MessageAnnotations = new() { [new Lite.Types.Symbol("x-opt-partition-key")] = "p" },
            Properties = new() { MessageId = "m1", CorrelationId = "c", Subject = "batch.completed", ReplyTo = "r" },
            ApplicationProperties = new() { ["n"] = 5, ["l"] = 5L, ["d"] = 1.5, ["t"] = when, ["g"] = Guid.Empty, ["u"] = (byte)3, ["f"] = true },
            BodySection = new Lite.Framing.AmqpValue { Value = new Lite.Types.List { 1, "two" } },
        };
        await new Lite.SenderLink(session, "sender", DoorHarness.Queue).SendAsync(message);

        var received = await new Lite.ReceiverLink(session, "receiver", DoorHarness.Queue).ReceiveAsync(DoorHarness.Patience);

        received.Header.Priority.ShouldBe((byte)7);
        received.MessageAnnotations[new Lite.Types.Symbol("x-opt-partition-key")].ShouldBe("p");
        (received.Properties.MessageId, received.Properties.CorrelationId, received.Properties.Subject, received.Properties.ReplyTo).ShouldBe(("m1", "c", "batch.completed", "r"));
        foreach (var (name, value) in message.ApplicationProperties.Map) received.ApplicationProperties[name].ShouldBe(value);
        received.Body.ShouldBeOfType<Lite.Types.List>().Cast<object>().ShouldBe([1, "two"]);
    }

    [Fact]
    public async Task A_message_of_the_API_is_given_out_by_the_table_of_the_readme()
    {
        await using var door = await DoorHarness.StartAsync();
        var properties = new Dictionary<string, string> { ["type"] = "batch.completed", ["subject"] = "batch-7", ["url"] = "https://example.com/hook" };
        await door.Store.EnqueueAsync([new QueueMessage { MessageId = "evt_1", Body = "{}"u8.ToArray(), ContentType = "application/json", Properties = properties, OrderingKey = "k" }], CancellationToken.None);

        var received = await new Lite.ReceiverLink(await door.ConnectAsync(), "receiver", DoorHarness.Queue).ReceiveAsync(DoorHarness.Patience);

        var told = received.Properties;
        (told.MessageId, told.Subject, told.CorrelationId, told.GroupId, told.ContentType.ToString()).ShouldBe(("evt_1", "batch.completed", "batch-7", "k", "application/json"));
        received.ApplicationProperties["url"].ShouldBe("https://example.com/hook");
        received.ApplicationProperties.Map.Count.ShouldBe(1);
        ((byte[])received.Body).ShouldBe("{}"u8.ToArray());
    }

    [Fact]
    public async Task Each_outcome_does_what_Azure_does_by_it()
    {
        await using var door = await DoorHarness.StartAsync();
        var session = await door.ConnectAsync();
        await SendAsync(session, "accepted", "released", "abandoned", "rejected", "deferred");
        var receiver = new Lite.ReceiverLink(session, "receiver", DoorHarness.Queue);
        receiver.SetCredit(5, autoRestore: false);
        var messages = new Dictionary<string, Lite.Message>();
        for (var i = 0; i < 5; i++)
        {
            var message = await receiver.ReceiveAsync(DoorHarness.Patience);
            messages[message.Properties.MessageId] = message;
        }

        receiver.Accept(messages["accepted"]);
        receiver.Release(messages["released"]);
        receiver.Modify(messages["abandoned"], deliveryFailed: true, undeliverableHere: false, new() { [new Lite.Types.Symbol("again")] = 1 });
        receiver.Modify(messages["deferred"], deliveryFailed: true, undeliverableHere: true);
        receiver.Reject(messages["rejected"], new Lite.Framing.Error(new("com.microsoft:dead-letter")) { Info = new() { [new Lite.Types.Symbol("DeadLetterReason")] = "why", [new Lite.Types.Symbol("DeadLetterErrorDescription")] = "because" } });

        await Patiently.UntilAsync(() => Peeked(door) == "abandoned Active 1, deferred Deferred 0, released Active 0");
        var dead = (await door.Store.DeadLetters.BrowseAsync(0, 10, CancellationToken.None)).ShouldHaveSingleItem();
        (dead.Message.MessageId, dead.Reason.Name, dead.Description).ShouldBe(("rejected", "why", "because"));
        var again = new Lite.ReceiverLink(session, "again", DoorHarness.Queue);
        (await again.ReceiveAsync(DoorHarness.Patience)).Properties.MessageId.ShouldBe("released");
        (await again.ReceiveAsync(DoorHarness.Patience)).ApplicationProperties["again"].ShouldBe(1);
    }

    [Fact]
    public async Task A_dead_letter_is_received_with_its_reason_and_completed()
    {
        await using var door = await DoorHarness.StartAsync();
        await door.Store.EnqueueAsync([new QueueMessage { MessageId = "m", Body = "x"u8.ToArray() }], CancellationToken.None);
        foreach (var lease in await door.Store.ReceiveAsync(1, TimeSpan.Zero, CancellationToken.None)) await lease.DeadLetterAsync(new("Gone"), "410", null, CancellationToken.None);
        var receiver = new Lite.ReceiverLink(await door.ConnectAsync(), "dead", DoorHarness.DeadLetters);

        var dead = await receiver.ReceiveAsync(DoorHarness.Patience);

        (dead.ApplicationProperties["DeadLetterReason"], dead.ApplicationProperties["DeadLetterErrorDescription"]).ShouldBe(("Gone", "410"));
        dead.MessageAnnotations[new Lite.Types.Symbol("x-opt-deadletter-source")].ShouldBe(DoorHarness.Queue);
        receiver.Accept(dead);
        await Patiently.UntilAsync(() => door.Store.DeadLetters.CountAsync(CancellationToken.None).Result == 0);
    }

    [Fact]
    public async Task What_a_receiver_had_not_settled_is_there_again_when_it_is_gone()
    {
        await using var door = await DoorHarness.StartAsync();
        var session = await door.ConnectAsync();
        await SendAsync(session, "m");
        var first = new Lite.ReceiverLink(session, "first", DoorHarness.Queue);
        await first.ReceiveAsync(DoorHarness.Patience);
        await first.CloseAsync();

        var again = await new Lite.ReceiverLink(session, "second", DoorHarness.Queue).ReceiveAsync(DoorHarness.Patience);

        again.Header.DeliveryCount.ShouldBe(1u);
    }

    private static string Peeked(DoorHarness door) =>
        string.Join(", ", door.Broker.PeekAsync(BrokerEntity.Queue, 0, 10).Result.Select(message => $"{message.Message.MessageId} {message.State} {message.DeliveryCount}").Order(StringComparer.Ordinal));

    private static async Task SendAsync(Lite.Session session, params string[] ids)
    {
        var sender = new Lite.SenderLink(session, "sender", DoorHarness.Queue);
        foreach (var id in ids) await sender.SendAsync(new Lite.Message { Properties = new() { MessageId = id }, BodySection = new Lite.Framing.Data { Binary = [1] } });
    }
}
