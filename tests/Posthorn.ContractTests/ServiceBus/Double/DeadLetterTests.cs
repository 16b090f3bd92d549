using Azure.Messaging.ServiceBus;

namespace Posthorn.ContractTests.ServiceBus.Double;

public sealed class DeadLetterTests : DoubleFacts
{
    [Fact]
    public async Task A_dead_letter_keeps_its_id_number_arrival_and_properties_and_says_why_in_two_more()
    {
        await Sender.SendMessageAsync(new ServiceBusMessage("{}") { MessageId = "a", ApplicationProperties = { ["kept"] = 1, ["changed"] = "old" } });
        var sentAt = Now;
        Clock.Advance(TimeSpan.FromMinutes(5));
        await Receiver.DeadLetterMessageAsync(await ReceiveAsync(), new Dictionary<string, object> { ["changed"] = "new" }, "EndpointGone", "410 Gone");

        DeadReceiver.EntityPath.ShouldBe("notifications/$DeadLetterQueue");
        var dead = await ReceiveAsync(DeadReceiver);

        (dead.MessageId, dead.SequenceNumber, dead.EnqueuedTime, dead.DeadLetterSource).ShouldBe(("a", 1, sentAt, Q));
        (dead.DeadLetterReason, dead.DeadLetterErrorDescription).ShouldBe(("EndpointGone", "410 Gone"));
        dead.ApplicationProperties.ShouldBe(
            new Dictionary<string, object>
            {
                ["kept"] = 1,
                ["changed"] = "new",
                ["DeadLetterReason"] = "EndpointGone",
                ["DeadLetterErrorDescription"] = "410 Gone",
            },
            ignoreOrder: true);
    }

    [Fact]
    public async Task A_dead_letter_shows_the_deliveries_that_it_had()
    {
        await SendAsync("a");
        await Receiver.AbandonMessageAsync(await ReceiveAsync());
        await Receiver.DeadLetterMessageAsync(await ReceiveAsync());

        (await DeadReceiver.PeekMessageAsync()).ShouldNotBeNull().DeliveryCount.ShouldBe(2);
    }

    [Fact]
    public async Task The_reason_and_the_description_are_at_most_4096_characters_each()
    {
        await SendAsync("a");
        var held = await ReceiveAsync();

        await Should.ThrowAsync<ArgumentOutOfRangeException>(() => Receiver.DeadLetterMessageAsync(held, new string('x', 4097)));
        await Should.ThrowAsync<ArgumentOutOfRangeException>(() => Receiver.DeadLetterMessageAsync(held, "x", new string('x', 4097)));
        await Receiver.DeadLetterMessageAsync(held, new string('x', 4096), new string('x', 4096));
    }

    [Fact]
    public async Task A_reason_is_not_given_twice_differently()
    {
        await SendAsync("a");
        var held = await ReceiveAsync();

        await Should.ThrowAsync<InvalidOperationException>(() =>
            Receiver.DeadLetterMessageAsync(held, new Dictionary<string, object> { ["DeadLetterReason"] = "one" }, "other"));
    }

    [Fact]
    public async Task A_dead_letter_is_locked_and_settled_like_any_message()
    {
        await BuryAsync("a", "b");
        var held = await ReceiveAsync(DeadReceiver);
        (await ReceiveAsync(DeadReceiver)).MessageId.ShouldBe("b");
        await NothingComesAsync(DeadReceiver);
        await DeadReceiver.CompleteMessageAsync(held);
        LocksRunOut();

        (await ReceiveAsync(DeadReceiver)).MessageId.ShouldBe("b");
    }

    [Fact]
    public async Task A_dead_letter_is_never_dead_lettered_however_often_it_is_delivered_and_its_count_stands_still()
    {
        await BuryAsync("a");
        for (var delivery = 0; delivery < 10; delivery++) await DeadReceiver.AbandonMessageAsync(await ReceiveAsync(DeadReceiver));

        var held = await ReceiveAsync(DeadReceiver);

        held.DeliveryCount.ShouldBe(2);
        await Should.ThrowAsync<InvalidOperationException>(() => DeadReceiver.DeadLetterMessageAsync(held, "again"));
    }

    [Fact]
    public async Task A_dead_letter_does_not_expire()
    {
        await Sender.SendMessageAsync(new ServiceBusMessage("{}") { MessageId = "a", TimeToLive = TimeSpan.FromMinutes(1) });
        await Receiver.DeadLetterMessageAsync(await ReceiveAsync());
        Clock.Advance(TimeSpan.FromDays(100));

        (await ReceiveAsync(DeadReceiver)).MessageId.ShouldBe("a");
    }

    [Fact]
    public async Task The_dead_letters_can_be_reached_by_their_path_in_any_case()
    {
        await BuryAsync("a");
        await using var receiver = Client.CreateReceiver("notifications/$deadletterqueue");

        (await ReceiveAsync(receiver)).MessageId.ShouldBe("a");
    }

    [Fact]
    public async Task A_receive_that_waits_for_dead_letters_wakes_when_the_last_lock_ends()
    {
        await SendAsync("a");
        for (var delivery = 1; delivery < Rules.MaxDeliveryCount; delivery++) await Receiver.AbandonMessageAsync(await ReceiveAsync());
        await ReceiveAsync();
        var waiting = ReceiveAsync(DeadReceiver);
        LocksRunOut();

        (await waiting).DeadLetterReason.ShouldBe("MaxDeliveryCountExceeded");
    }

    private async Task BuryAsync(params string[] ids)
    {
        await SendAsync(ids);
        foreach (var _ in ids) await Receiver.DeadLetterMessageAsync(await ReceiveAsync(), "PermanentFailure");
    }
}
