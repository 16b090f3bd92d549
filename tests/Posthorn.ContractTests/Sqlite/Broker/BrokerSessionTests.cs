using Posthorn.ContractTests.Queues;
using Posthorn.Queues;
using Posthorn.Sqlite.Broker;

namespace Posthorn.ContractTests.Sqlite.Broker;

/// <summary>Sessions: one holder at a time, its messages in order.</summary>
public sealed class BrokerSessionTests : BrokerFacts
{
    [Fact]
    public async Task The_holder_receives_in_order_also_what_is_behind_a_locked_one()
    {
        await SendToSessionAsync("s", "s1", "s2", "s3", "s4");
        await SendToSessionAsync("t", "t1");
        var session = await AcceptAsync("s");

        var first = await ReceiveAsync(session, 1);
        var next = await ReceiveAsync(session, 2);

        Ids(first).ShouldBe(["s1"]);
        Ids(next).ShouldBe(["s2", "s3"]);
        next.ShouldAllBe(message => message.Lock!.Until == session.LockedUntil && message.Message.OrderingKey == "s");
        await SettleAsync(next[0], Complete);
        Ids(await ReceiveAsync(session)).ShouldBe(["s4"]);
        (await ReceiveAsync(session)).ShouldBeEmpty();
    }

    [Fact]
    public async Task One_that_is_abandoned_comes_first_again()
    {
        await SendToSessionAsync("s", "s1", "s2", "s3");
        var session = await AcceptAsync();
        var received = await ReceiveAsync(session, 2);

        await SettleAsync(received[0], Abandon);

        var again = await ReceiveAsync(session);
        again.Select(message => (message.Message.MessageId, message.DeliveryCount)).ShouldBe([("s1", 2), ("s3", 1)]);
    }

    [Fact]
    public async Task The_next_session_is_the_one_whose_first_message_came_first_and_nobody_holds()
    {
        await SendToSessionAsync("b", "b1");
        await SendToSessionAsync("a", "a1");
        await Broker.SendAsync([Mail("free"), Mail("c1", "c") with { DueAt = Now.AddMinutes(1) }]);

        (await AcceptAsync()).Id.ShouldBe("b");
        (await AcceptAsync()).Id.ShouldBe("a");
        (await Broker.AcceptSessionAsync(null, TimeSpan.Zero, default)).ShouldBeNull();
        Advance(TimeSpan.FromMinutes(1));

        (await AcceptAsync()).Id.ShouldBe("b"); // The locks have ended meanwhile.
    }

    [Fact]
    public async Task A_session_that_is_held_cannot_be_accepted_until_it_is_released()
    {
        var session = await AcceptAsync("s"); // Without messages, too.
        await Should.ThrowAsync<SessionLockedException>(AcceptAsync("s"));

        await session.ReleaseAsync();

        (await AcceptAsync("s")).Id.ShouldBe("s");
    }

    [Fact]
    public async Task What_was_received_and_not_settled_is_there_at_once_after_a_release_and_does_not_count()
    {
        await SendToSessionAsync("s", "s1", "s2");
        var session = await AcceptAsync();
        var received = await ReceiveAsync(session);

        await session.ReleaseAsync();

        await Should.ThrowAsync<LockLostException>(SettleAsync(received[0], Complete));
        await Should.ThrowAsync<SessionLockLostException>(ReceiveAsync(session));
        var again = await ReceiveAsync(await AcceptAsync());
        again.Select(message => (message.Message.MessageId, message.DeliveryCount)).ShouldBe([("s1", 1), ("s2", 1)]);
    }

    [Fact]
    public async Task A_lock_that_runs_out_frees_the_session_and_its_deliveries_count()
    {
        await SendToSessionAsync("s", "s1");
        var session = await AcceptAsync();
        var lost = (await ReceiveAsync(session))[0];
        LocksRunOut();

        await Should.ThrowAsync<SessionLockLostException>(session.RenewAsync);
        await Should.ThrowAsync<SessionLockLostException>(session.GetStateAsync);
        var next = await AcceptAsync();

        (await ReceiveAsync(next))[0].DeliveryCount.ShouldBe(2);
        await Should.ThrowAsync<LockLostException>(SettleAsync(lost, Complete));
        await session.ReleaseAsync(); // Too late: it must not free the other holder's.
        await Should.ThrowAsync<SessionLockedException>(AcceptAsync("s"));
    }

    [Fact]
    public async Task Renewing_the_session_renews_the_locks_on_its_messages()
    {
        await SendToSessionAsync("s", "s1", "s2");
        var session = await AcceptAsync();
        var received = await ReceiveAsync(session);
        await SettleAsync(received[1], Abandon);
        Advance(TimeSpan.FromSeconds(20));

        (await session.RenewAsync()).ShouldBe(Now + TimeSpan.FromSeconds(30));
        Advance(TimeSpan.FromSeconds(20));

        Ids(await ReceiveAsync(session)).ShouldBe(["s2"]);
        await SettleAsync(received[0], Complete);
        await Should.ThrowAsync<LockLostException>(Broker.RenewAsync(BrokerEntity.Queue, Lock(received[1])));
    }

    [Fact]
    public async Task A_message_of_a_session_is_not_renewed_by_itself()
    {
        await SendToSessionAsync("s", "s1");
        var received = await ReceiveAsync(await AcceptAsync());

        await Should.ThrowAsync<LockLostException>(Broker.RenewAsync(BrokerEntity.Queue, Lock(received[0])));
    }

    [Fact]
    public async Task What_a_session_keeps_outlives_its_holder_its_messages_and_the_process()
    {
        var session = await AcceptAsync("s");
        (await session.GetStateAsync()).ShouldBeNull();
        await session.SetStateAsync([1, 2, 3]);
        Crash();
        LocksRunOut();

        session = await AcceptAsync("s");
        (await session.GetStateAsync()).ShouldBe([1, 2, 3]);
        await session.SetStateAsync(null);
        (await session.GetStateAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task The_pump_gets_nothing_of_a_session_that_is_held()
    {
        await SendToSessionAsync("s", "s1", "s2");
        var session = await AcceptAsync();
        await SendToSessionAsync("s", "s3");
        await SendToSessionAsync("t", "t1");

        Ids(await PumpAsync()).ShouldBe(["t1"]);
        foreach (var message in await ReceiveAsync(session)) await SettleAsync(message, Complete);
        await SendToSessionAsync("s", "s4", "s5");
        (await PumpAsync()).ShouldBeEmpty();
        await session.ReleaseAsync();

        Ids(await PumpAsync()).ShouldBe(["s4"]);
    }

    [Fact]
    public async Task The_pump_goes_on_with_the_first_message_when_the_lock_runs_out()
    {
        await SendToSessionAsync("s", "s1", "s2");
        await ReceiveAsync(await AcceptAsync());

        Crash();
        (await PumpAsync()).ShouldBeEmpty();
        LocksRunOut();

        var lease = (await PumpAsync()).ShouldHaveSingleItem();
        (lease.Message.MessageId, lease.DeliveryCount).ShouldBe(("s1", 2));
        await lease.CompleteAsync(default);
        Ids(await PumpAsync()).ShouldBe(["s2"]);
    }

    [Fact]
    public async Task A_waiting_pump_wakes_when_the_lock_runs_out()
    {
        await SendToSessionAsync("s", "s1");
        await AcceptAsync();
        var waiting = Queue.ReceiveAsync(1, 1, TimeSpan.FromHours(1), default);

        LocksRunOut();

        Ids(await waiting.WaitAsync(Patience)).ShouldBe(["s1"]);
    }

    [Fact]
    public async Task A_session_whose_first_message_the_pump_has_is_not_given_out()
    {
        await SendToSessionAsync("s", "s1", "s2");
        var lease = (await PumpAsync()).ShouldHaveSingleItem();

        (await Broker.AcceptSessionAsync(null, TimeSpan.Zero, default)).ShouldBeNull();
        await Should.ThrowAsync<SessionLockedException>(AcceptAsync("s"));
        await lease.CompleteAsync(default);

        Ids(await ReceiveAsync(await AcceptAsync())).ShouldBe(["s2"]);
    }

    [Fact]
    public async Task What_waits_for_its_retry_keeps_back_what_is_behind_it()
    {
        await SendToSessionAsync("s", "s1", "s2");
        await (await PumpAsync())[0].PostponeAsync(Now.AddSeconds(10), default);
        (await Broker.AcceptSessionAsync(null, TimeSpan.Zero, default)).ShouldBeNull();
        var session = await AcceptAsync("s");

        (await ReceiveAsync(session)).ShouldBeEmpty();
        Advance(TimeSpan.FromSeconds(10));

        Ids(await ReceiveAsync(session)).ShouldBe(["s1", "s2"]);
    }

    [Fact]
    public async Task A_dead_letter_that_holds_its_key_holds_it_for_a_sessions_holder_too()
    {
        Crash(new QueueSettings { OnExhausted = OnExhausted.Hold });
        await SendToSessionAsync("s", "s1", "s2");
        var session = await AcceptAsync();
        await SettleAsync((await ReceiveAsync(session, 1))[0], DeadLetter);

        (await ReceiveAsync(session)).ShouldBeEmpty();
        var dead = await Queue.DeadLetters.BrowseAsync(0, 1, default);
        await Queue.DeadLetters.ReplayAsync([dead[0].Sequence], ReplayChanges.None, default);

        (await PumpAsync()).ShouldBeEmpty();
        Ids(await ReceiveAsync(session)).ShouldBe(["s1", "s2"]);
    }

    [Fact]
    public async Task What_was_scheduled_comes_to_the_holder_when_it_is_due()
    {
        var session = await AcceptAsync("s");
        await Broker.SendAsync([Mail("s1", "s") with { DueAt = Now.AddSeconds(5) }]);
        (await ReceiveAsync(session)).ShouldBeEmpty();
        var waiting = session.ReceiveAsync(1, TimeSpan.FromSeconds(20), default);

        Advance(TimeSpan.FromSeconds(5));

        Ids(await waiting.WaitAsync(Patience)).ShouldBe(["s1"]);
        (await PumpAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Who_waits_for_a_session_gets_the_one_that_comes()
    {
        var waiting = Broker.AcceptSessionAsync(null, TimeSpan.FromHours(1), default);

        await SendToSessionAsync("s", "s1");

        (await waiting.WaitAsync(Patience)).ShouldNotBeNull().Id.ShouldBe("s");
    }

    [Fact]
    public async Task Who_waits_for_a_message_hears_that_the_lock_is_gone()
    {
        var session = await AcceptAsync("s");
        var waiting = session.ReceiveAsync(1, TimeSpan.FromHours(1), default);

        LocksRunOut();

        await Should.ThrowAsync<SessionLockLostException>(waiting.WaitAsync(Patience));
    }

    [Fact]
    public async Task Deferred_messages_of_a_session_are_its_holders_under_the_sessions_lock()
    {
        await SendToSessionAsync("s", "s1", "s2");
        var session = await AcceptAsync();
        var first = (await ReceiveAsync(session, 1))[0];
        await SettleAsync(first, Defer);
        Ids(await ReceiveAsync(session)).ShouldBe(["s2"]);
        var other = await AcceptAsync("t");
        await Should.ThrowAsync<MessageNotFoundException>(other.ReceiveDeferredAsync([first.SequenceNumber]));

        var again = (await session.ReceiveDeferredAsync([first.SequenceNumber])).ShouldHaveSingleItem();
        again.Lock!.Until.ShouldBe(session.LockedUntil);
        await session.ReleaseAsync();

        await Should.ThrowAsync<LockLostException>(SettleAsync(again, Complete));
        session = await AcceptAsync("s");
        await SettleAsync((await session.ReceiveDeferredAsync([first.SequenceNumber]))[0], Complete);
    }

    [Fact]
    public async Task One_that_is_received_too_often_is_dead_lettered_and_the_session_goes_on()
    {
        await SendToSessionAsync("s", "s1", "s2");
        var session = await AcceptAsync();
        for (var i = 0; i < 3; i++) await SettleAsync((await ReceiveAsync(session, 1))[0], Abandon);

        Ids(await ReceiveAsync(session, 1)).ShouldBe(["s2"]);

        (await PeekAsync(BrokerEntity.DeadLetters)).ShouldHaveSingleItem().Death!.Reason.ShouldBe(DeadLetterReason.MaxDeliveryCountExceeded);
    }

    [Fact]
    public async Task Messages_of_a_held_session_are_counted_as_what_they_are()
    {
        await SendToSessionAsync("s", "s1", "s2", "s3");
        var session = await AcceptAsync();

        await ReceiveAsync(session, 1);

        (await Queue.CountAsync(default)).ShouldBe(new QueueCounts(2, 0, 1, 0, TimeSpan.Zero));
    }

    [Fact]
    public async Task Sessions_with_messages_are_listed()
    {
        await SendToSessionAsync("b", "b1", "b2");
        await SendToSessionAsync("a", "a1");
        await SendAsync("free");

        (await Broker.SessionsAsync(0, 10)).ShouldBe(["a", "b"]);
        (await Broker.SessionsAsync(1, 10)).ShouldBe(["b"]);
    }

    [Fact]
    public async Task Many_holders_at_once_deliver_every_message_once_and_each_session_in_order()
    {
        const int Sessions = 8, Each = 12;
        for (var i = 0; i < Each; i++) await Broker.SendAsync([.. Enumerable.Range(0, Sessions).Select(s => Mail($"{s}.{i}", $"{s}"))]);
        var delivered = Enumerable.Range(0, Sessions).Select(_ => new List<string>()).ToList();

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(DrainAsync))).WaitAsync(Patience);

        for (var s = 0; s < Sessions; s++) delivered[s].ShouldBe(Enumerable.Range(0, Each).Select(i => $"{s}.{i}"));
        (await PeekAsync()).ShouldBeEmpty();

        async Task DrainAsync()
        {
            while (await Broker.AcceptSessionAsync(null, TimeSpan.Zero, default) is { } session)
            {
                foreach (var message in await ReceiveAsync(session, 5))
                {
                    delivered[int.Parse(session.Id, System.Globalization.CultureInfo.InvariantCulture)].Add(message.Message.MessageId);
                    await SettleAsync(message, Complete);
                }

                await session.ReleaseAsync();
            }
        }
    }
}
