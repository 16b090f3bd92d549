using Posthorn.Envelopes;
using Posthorn.Sqlite.Broker;
using Lite = Amqp;

namespace Posthorn.Tests.Worker.Amqp;

public class SendingTests
{
    [Fact]
    public async Task What_a_producer_sends_is_the_envelope_of_the_readmes_table()
    {
        await using var door = await DoorHarness.StartAsync();
        var sender = new Lite.SenderLink(await door.ConnectAsync(), "sender", DoorHarness.Queue);
        await sender.SendAsync(new Lite.Message
        {
            Header = new() { Ttl = 60_000 },
            Properties = new() { MessageId = "evt_01", Subject = "batch.completed", CorrelationId = "batch-7", ContentType = "application/json", GroupId = "key" },
            ApplicationProperties = new() { ["url"] = "https://example.com/hook", ["profile"] = "papr-batch", ["time"] = DateTimeOffset.UnixEpoch.UtcDateTime, ["posthorn_replays"] = 3 },
            BodySection = new Lite.Framing.Data { Binary = "{}"u8.ToArray() },
        });

        var message = (await door.Store.ReceiveAsync(1, 1, TimeSpan.Zero, CancellationToken.None)).ShouldHaveSingleItem().Message;

        (message.MessageId, message.ContentType, message.OrderingKey).ShouldBe(("evt_01", "application/json", "key"));
        message.Body.ToArray().ShouldBe("{}"u8.ToArray());
        message.Properties[EnvelopeProperties.Type].ShouldBe("batch.completed");
        message.Properties[EnvelopeProperties.Subject].ShouldBe("batch-7");
        message.Properties[EnvelopeProperties.Time].ShouldStartWith("1970-01-01T00:00:00");
        message.Properties["profile"].ShouldBe("papr-batch");
        message.Properties.Keys.ShouldNotContain("posthorn_replays");
        message.ExpiresAt.ShouldNotBeNull().ShouldBeGreaterThan(DateTimeOffset.UtcNow.AddSeconds(30));
    }

    [Fact]
    public async Task A_message_without_an_id_gets_one_that_its_receiver_sees()
    {
        await using var door = await DoorHarness.StartAsync();
        var session = await door.ConnectAsync();
        await new Lite.SenderLink(session, "sender", DoorHarness.Queue).SendAsync(new Lite.Message { BodySection = new Lite.Framing.Data { Binary = "x"u8.ToArray() } });

        var received = await new Lite.ReceiverLink(session, "receiver", DoorHarness.Queue).ReceiveAsync(DoorHarness.Patience);

        received.Properties.MessageId.Length.ShouldBe(32);
        ((byte[])received.Body).ShouldBe("x"u8.ToArray());
    }

    [Fact]
    public async Task A_scheduled_message_waits_for_its_time()
    {
        await using var door = await DoorHarness.StartAsync();
        var due = DateTimeOffset.UtcNow.AddHours(1);
        await new Lite.SenderLink(await door.ConnectAsync(), "sender", DoorHarness.Queue).SendAsync(new Lite.Message("x")
        {
            MessageAnnotations = new() { [new Lite.Types.Symbol("x-opt-scheduled-enqueue-time")] = due.UtcDateTime },
        });

        var message = (await door.Broker.PeekAsync(BrokerEntity.Queue, 0, 10)).ShouldHaveSingleItem();

        (message.State, message.DueAt?.ToUnixTimeSeconds()).ShouldBe((BrokerMessageState.Scheduled, due.ToUnixTimeSeconds()));
    }

    [Fact]
    public async Task The_messages_of_a_batch_come_one_by_one()
    {
        await using var door = await DoorHarness.StartAsync();
        var parts = Enumerable.Range(0, 3).Select(n => new Lite.Message { Properties = new() { MessageId = $"b{n}" }, BodySection = new Lite.Framing.Data { Binary = [(byte)n] } }.Encode());
        var batch = new Lite.Message { Format = 0x80013700, BodySection = new Lite.Framing.DataList() };
        foreach (var part in parts) ((Lite.Framing.DataList)batch.BodySection).Add(new Lite.Framing.Data { Buffer = part });
        await new Lite.SenderLink(await door.ConnectAsync(), "sender", DoorHarness.Queue).SendAsync(batch);

        (await door.Broker.PeekAsync(BrokerEntity.Queue, 0, 10)).Select(message => message.Message.MessageId).ShouldBe(["b0", "b1", "b2"]);
    }

    [Fact]
    public async Task The_same_id_again_is_accepted_and_dropped()
    {
        await using var door = await DoorHarness.StartAsync();
        var sender = new Lite.SenderLink(await door.ConnectAsync(), "sender", DoorHarness.Queue);
        for (var i = 0; i < 2; i++) await sender.SendAsync(new Lite.Message("x") { Properties = new() { MessageId = "same" } });

        (await door.Broker.PeekAsync(BrokerEntity.Queue, 0, 10)).ShouldHaveSingleItem();
    }
}
