using System.Transactions;
using Azure.Messaging.ServiceBus;
using Posthorn.ServiceBusDouble;

namespace Posthorn.ContractTests.ServiceBus.Double;

public sealed class SessionTests : DoubleFacts
{
    protected override QueueRules Rules { get; } = new() { RequiresSession = true, LockDuration = TimeSpan.FromSeconds(30), MaxDeliveryCount = 3 };

    [Fact]
    public async Task A_message_without_a_session_is_refused()
    {
        await Should.ThrowAsync<InvalidOperationException>(() => Sender.SendMessageAsync(Message("a")));
    }

    [Fact]
    public async Task A_receiver_without_a_session_is_refused_but_may_peek()
    {
        await SendAsync("one", "a");

        await Should.ThrowAsync<InvalidOperationException>(() => Receiver.ReceiveMessageAsync(Brief));
        (await Receiver.PeekMessageAsync()).ShouldNotBeNull().SessionId.ShouldBe("one");
    }

    [Fact]
    public async Task A_queue_without_sessions_gives_none()
    {
        Space.AddQueue("plain");

        await Should.ThrowAsync<InvalidOperationException>(() => Client.AcceptNextSessionAsync("plain"));
    }

    [Fact]
    public async Task A_session_s_messages_come_in_order_and_only_they()
    {
        await SendAsync("one", "a1");
        await SendAsync("two", "b1");
        await SendAsync("one", "a2");
        await using var session = await Client.AcceptSessionAsync(Q, "one");

        var first = await ReceiveAsync(session);
        await session.AbandonMessageAsync(first);

        Ids(await session.ReceiveMessagesAsync(10, Patience)).ShouldBe(["a1", "a2"]);
        await NothingComesAsync(session);
        Ids(await session.PeekMessagesAsync(10)).ShouldBe(["a1", "a2"]);
        (first.SessionId, first.LockedUntil).ShouldBe(("one", session.SessionLockedUntil));
    }

    [Fact]
    public async Task A_session_has_one_receiver()
    {
        await SendAsync("one", "a");
        await using var session = await Client.AcceptNextSessionAsync(Q);

        (session.SessionId, session.SessionLockedUntil).ShouldBe(("one", Now.AddSeconds(30)));
        (await ReasonOfAsync(() => Client.AcceptSessionAsync(Q, "one"))).ShouldBe(ServiceBusFailureReason.SessionCannotBeLocked);
    }

    [Fact]
    public async Task The_next_session_is_one_that_has_messages_and_is_free()
    {
        await SendAsync("one", "a");
        await SendAsync("two", "b");
        await using var first = await Client.AcceptNextSessionAsync(Q);
        await using var second = await Client.AcceptNextSessionAsync(Q);

        (first.SessionId, second.SessionId).ShouldBe(("one", "two"));
        var impatient = NewClient(tryTimeout: Brief);
        (await ReasonOfAsync(() => impatient.AcceptNextSessionAsync(Q))).ShouldBe(ServiceBusFailureReason.ServiceTimeout);
    }

    [Fact]
    public async Task The_wait_for_a_session_ends_with_its_first_message()
    {
        var waiting = Client.AcceptNextSessionAsync(Q);
        await SendAsync("one", "a");

        (await waiting).SessionId.ShouldBe("one");
    }

    [Fact]
    public async Task A_session_whose_lock_ended_before_its_receiver_closes_was_lost_all_the_same()
    {
        await SendAsync("one", "a");
        await using var late = await Client.AcceptNextSessionAsync(Q);
        await ReceiveAsync(late);
        LocksRunOut();

        await late.CloseAsync();

        await using var next = await Client.AcceptNextSessionAsync(Q);
        (await ReceiveAsync(next)).DeliveryCount.ShouldBe(2);
    }

    [Fact]
    public async Task A_session_whose_lock_ended_is_lost_and_what_was_locked_in_it_counts_as_delivered()
    {
        await SendAsync("one", "a");
        var lost = await Client.AcceptNextSessionAsync(Q);
        var held = await ReceiveAsync(lost);
        LocksRunOut();
        await using var next = await Client.AcceptNextSessionAsync(Q);

        (await ReceiveAsync(next)).DeliveryCount.ShouldBe(2);
        (await ReasonOfAsync(() => lost.CompleteMessageAsync(held))).ShouldBe(ServiceBusFailureReason.SessionLockLost);
        (await ReasonOfAsync(() => lost.ReceiveMessageAsync(Brief))).ShouldBe(ServiceBusFailureReason.SessionLockLost);
        (await ReasonOfAsync(() => lost.RenewSessionLockAsync())).ShouldBe(ServiceBusFailureReason.SessionLockLost);
        (await ReasonOfAsync(() => lost.GetSessionStateAsync())).ShouldBe(ServiceBusFailureReason.SessionLockLost);
        lost.IsClosed.ShouldBeTrue();
    }

    [Fact]
    public async Task A_session_that_is_closed_or_dropped_is_free_at_once_and_its_deliveries_do_not_count()
    {
        await SendAsync("one", "a");
        await using (var closing = await Client.AcceptNextSessionAsync(Q)) await ReceiveAsync(closing);
        var dropped = await Client.AcceptNextSessionAsync(Q);
        (await ReceiveAsync(dropped)).DeliveryCount.ShouldBe(1);
        Space.DropLinks();

        (await ReasonOfAsync(() => dropped.ReceiveMessageAsync(Brief))).ShouldBe(ServiceBusFailureReason.SessionLockLost);
        await using var next = await Client.AcceptNextSessionAsync(Q);
        (await ReceiveAsync(next)).DeliveryCount.ShouldBe(1);
    }

    [Fact]
    public async Task A_renewed_session_keeps_what_is_locked_in_it()
    {
        await SendAsync("one", "a");
        await using var session = await Client.AcceptNextSessionAsync(Q);
        var held = await ReceiveAsync(session);
        Clock.Advance(TimeSpan.FromSeconds(20));
        await session.RenewSessionLockAsync();
        Clock.Advance(TimeSpan.FromSeconds(20));

        session.SessionLockedUntil.ShouldBe(Now.AddSeconds(10));
        await Should.ThrowAsync<InvalidOperationException>(() => session.RenewMessageLockAsync(held));
        await session.CompleteMessageAsync(held);
    }

    [Fact]
    public async Task A_session_s_state_stays_until_it_is_cleared()
    {
        await using (var session = await Client.AcceptSessionAsync(Q, "one"))
        {
            (await session.GetSessionStateAsync()).ShouldBeNull();
            await session.SetSessionStateAsync(BinaryData.FromString("kept"));
        }

        await using var again = await Client.AcceptSessionAsync(Q, "one");
        (await again.GetSessionStateAsync()).ShouldNotBeNull().ToString().ShouldBe("kept");
        Space.Look(Q).SessionStates["one"].ToString().ShouldBe("kept");
        await again.SetSessionStateAsync(null);
        Space.Look(Q).SessionStates.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_session_s_state_is_not_a_part_of_a_transaction_but_settling_in_it_is()
    {
        await SendAsync("one", "a");
        await using var session = await Client.AcceptNextSessionAsync(Q);
        var held = await ReceiveAsync(session);
        using (new TransactionScope(TransactionScopeAsyncFlowOption.Enabled))
        {
            await session.CompleteMessageAsync(held);
            await session.SetSessionStateAsync(BinaryData.FromString("kept"));
        }

        Contents.ShouldBe("locked a");
        Space.Look(Q).SessionStates.Keys.ShouldBe(["one"]);
    }

    [Fact]
    public async Task A_session_s_state_has_a_limit()
    {
        await using var session = await Client.AcceptSessionAsync(Q, "one");

        (await ReasonOfAsync(() => session.SetSessionStateAsync(BinaryData.FromBytes(new byte[(256 * 1024) + 1]))))
            .ShouldBe(ServiceBusFailureReason.MessageSizeExceeded);
    }

    [Fact]
    public async Task Dead_letters_of_sessions_have_none()
    {
        await SendAsync("one", "a");
        await using var session = await Client.AcceptNextSessionAsync(Q);
        await session.DeadLetterMessageAsync(await ReceiveAsync(session), "reason");

        (await ReceiveAsync(DeadReceiver)).SessionId.ShouldBe("one");
    }

    private Task SendAsync(string session, string id) => Sender.SendMessageAsync(new ServiceBusMessage("{}") { MessageId = id, SessionId = session });
}
