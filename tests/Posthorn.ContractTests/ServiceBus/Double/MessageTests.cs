using System.Runtime.Serialization;
using System.Text;
using Azure.Messaging.ServiceBus;

namespace Posthorn.ContractTests.ServiceBus.Double;

public sealed class MessageTests : DoubleFacts
{
    [Fact]
    public async Task A_message_arrives_with_all_that_was_written_on_it()
    {
        await Sender.SendMessageAsync(Filled());

        var received = await ReceiveAsync();

        (received.MessageId, received.Subject, received.To, received.ReplyTo, received.CorrelationId, received.ContentType)
            .ShouldBe(("a", "subject", "to", "reply", "correlation", "text/plain"));
        (received.PartitionKey, received.TransactionPartitionKey, received.SessionId, received.ReplyToSessionId)
            .ShouldBe(("session", "via", "session", "answers"));
        received.Body.ToString().ShouldBe("body");
        received.ApplicationProperties["count"].ShouldBe(7);
        (received.SequenceNumber, received.DeliveryCount, received.EnqueuedTime, received.LockedUntil).ShouldBe((1, 1, Now, Now + Rules.LockDuration));
    }

    [Fact]
    public async Task A_sent_message_does_not_change_with_the_sender_s()
    {
        var bytes = Encoding.UTF8.GetBytes("before");
        var message = new ServiceBusMessage(bytes) { MessageId = "a" };
        await Sender.SendMessageAsync(message);
        bytes[0] = (byte)'X';
        message.ApplicationProperties["late"] = 1;

        var received = await ReceiveAsync();

        received.Body.ToString().ShouldBe("before");
        received.ApplicationProperties.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_copy_of_a_dead_letter_keeps_the_sender_s_part_and_drops_the_broker_s()
    {
        await Sender.SendMessageAsync(Filled());
        await Receiver.DeadLetterMessageAsync(await ReceiveAsync(), "reason", "description");
        var dead = await ReceiveAsync(DeadReceiver);

        var copy = new ServiceBusMessage(dead);

        (copy.MessageId, copy.Subject, copy.SessionId, copy.TimeToLive, copy.ScheduledEnqueueTime)
            .ShouldBe(("a", "subject", "session", dead.TimeToLive, default));
        copy.Body.ToString().ShouldBe("body");
        copy.ApplicationProperties.Keys.ShouldBe(["count"]);
        dead.ApplicationProperties.Keys.ShouldBe(["count", "DeadLetterReason", "DeadLetterErrorDescription"], ignoreOrder: true);
    }

    [Fact]
    public void An_id_is_from_1_to_128_characters()
    {
        var message = new ServiceBusMessage { MessageId = new string('x', 128) };

        Should.Throw<ArgumentOutOfRangeException>(() => message.MessageId = new string('x', 129));
        Should.Throw<ArgumentException>(() => message.MessageId = "");
        Should.Throw<ArgumentOutOfRangeException>(() => message.SessionId = new string('x', 129));
        Should.Throw<ArgumentOutOfRangeException>(() => message.PartitionKey = new string('x', 129));
    }

    [Fact]
    public void A_time_to_live_is_positive_and_without_end_by_default()
    {
        var message = new ServiceBusMessage();

        message.TimeToLive.ShouldBe(TimeSpan.MaxValue);
        Should.Throw<ArgumentOutOfRangeException>(() => message.TimeToLive = TimeSpan.Zero);
    }

    [Fact]
    public void A_partition_key_is_the_session_id()
    {
        var message = new ServiceBusMessage { PartitionKey = "one" };
        message.SessionId = "two";

        message.PartitionKey.ShouldBe("two");
        Should.Throw<ArgumentOutOfRangeException>(() => message.PartitionKey = "three");
    }

    [Fact]
    public async Task Properties_of_the_types_that_AMQP_knows_arrive_as_they_were()
    {
        object[] values =
        [
            "text", 1, 2L, 3.5, 4.25m, true, 'c', (byte)5, (short)6, Guid.NewGuid(), new Uri("https://example.com/a"), TimeSpan.FromSeconds(7),
            new DateTime(2026, 3, 1, 12, 0, 0, DateTimeKind.Utc), new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero), new byte[] { 1, 2 },
        ];
        var message = Message("a");
        for (var i = 0; i < values.Length; i++) message.ApplicationProperties[$"p{i}"] = values[i];
        await Sender.SendMessageAsync(message);

        var received = await ReceiveAsync();

        for (var i = 0; i < values.Length; i++) received.ApplicationProperties[$"p{i}"].ShouldBe(values[i]);
    }

    [Fact]
    public async Task A_property_of_another_type_is_refused_when_it_is_sent()
    {
        var message = Message("a");
        message.ApplicationProperties["list"] = new List<int> { 1 };

        using var batch = await Sender.CreateMessageBatchAsync();

        (await Should.ThrowAsync<SerializationException>(() => Sender.SendMessageAsync(message))).Message.ShouldContain("List");
        Should.Throw<SerializationException>(() => batch.TryAddMessage(message));
    }

    [Fact]
    public async Task A_byte_array_may_be_sent_but_not_given_with_a_settlement()
    {
        await SendAsync("a");
        var held = await ReceiveAsync();

        await Should.ThrowAsync<SerializationException>(() =>
            Receiver.AbandonMessageAsync(held, new Dictionary<string, object> { ["bytes"] = new byte[] { 1 } }));
    }

    [Fact]
    public void The_factory_makes_a_received_message_for_tests()
    {
        var properties = new Dictionary<string, object> { ["DeadLetterReason"] = "why" };

        var made = ServiceBusModelFactory.ServiceBusReceivedMessage(messageId: "a", properties: properties, deliveryCount: 2, sequenceNumber: 9);

        (made.MessageId, made.DeadLetterReason, made.DeliveryCount, made.SequenceNumber).ShouldBe(("a", "why", 2, 9));
    }

    private static ServiceBusMessage Filled() => new("body")
    {
        MessageId = "a",
        Subject = "subject",
        To = "to",
        ReplyTo = "reply",
        CorrelationId = "correlation",
        ContentType = "text/plain",
        SessionId = "session",
        PartitionKey = "session",
        TransactionPartitionKey = "via",
        ReplyToSessionId = "answers",
        ApplicationProperties = { ["count"] = 7 },
    };
}
