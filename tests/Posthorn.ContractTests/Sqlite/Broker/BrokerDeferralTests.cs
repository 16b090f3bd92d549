using Posthorn.Queues;
using Posthorn.Sqlite.Broker;

namespace Posthorn.ContractTests.Sqlite.Broker;

/// <summary>Messages that are set aside, and received by their numbers only.</summary>
public sealed class BrokerDeferralTests : BrokerFacts
{
    [Fact]
    public async Task A_deferred_message_is_received_by_its_number_only()
    {
        var number = await DeferOneAsync("m1");

        (await ReceiveAsync()).ShouldBeEmpty();
        (await PumpAsync()).ShouldBeEmpty();
        var again = (await Broker.ReceiveDeferredAsync(BrokerEntity.Queue, [number])).ShouldHaveSingleItem();

        (again.Message.MessageId, again.State, again.DeliveryCount).ShouldBe(("m1", BrokerMessageState.Deferred, 1));
        again.Lock.ShouldNotBeNull().Until.ShouldBe(Now + TimeSpan.FromSeconds(30));
        await Should.ThrowAsync<MessageNotFoundException>(Broker.ReceiveDeferredAsync(BrokerEntity.Queue, [number]));
    }

    [Fact]
    public async Task One_that_is_completed_is_gone()
    {
        var number = await DeferOneAsync("m1");

        await SettleAsync((await Broker.ReceiveDeferredAsync(BrokerEntity.Queue, [number]))[0], Complete);

        (await PeekAsync()).ShouldBeEmpty();
        RawFile.Read(Path, "SELECT count(*) FROM contents").ShouldBe(0L);
    }

    [Fact]
    public async Task One_that_is_abandoned_stays_deferred_and_so_does_one_whose_lock_runs_out()
    {
        var number = await DeferOneAsync("m1");
        await SettleAsync((await Broker.ReceiveDeferredAsync(BrokerEntity.Queue, [number]))[0], Abandon);
        (await ReceiveAsync()).ShouldBeEmpty();

        var second = (await Broker.ReceiveDeferredAsync(BrokerEntity.Queue, [number]))[0];
        LocksRunOut();

        (await ReceiveAsync()).ShouldBeEmpty();
        (await PumpAsync()).ShouldBeEmpty();
        await Should.ThrowAsync<LockLostException>(SettleAsync(second, Complete));
        (await Broker.ReceiveDeferredAsync(BrokerEntity.Queue, [number]))[0].DeliveryCount.ShouldBe(3);
    }

    [Fact]
    public async Task One_that_is_dead_lettered_lies_among_the_dead_letters()
    {
        var number = await DeferOneAsync("m1");

        await SettleAsync((await Broker.ReceiveDeferredAsync(BrokerEntity.Queue, [number]))[0], DeadLetter);

        (await PeekAsync()).ShouldBeEmpty();
        Ids(await PeekAsync(BrokerEntity.DeadLetters)).ShouldBe(["m1"]);
    }

    [Fact]
    public async Task A_lock_on_one_is_renewed()
    {
        var number = await DeferOneAsync("m1");
        var held = (await Broker.ReceiveDeferredAsync(BrokerEntity.Queue, [number]))[0];
        Advance(TimeSpan.FromSeconds(20));

        (await Broker.RenewAsync(BrokerEntity.Queue, Lock(held))).ShouldBe(Now + TimeSpan.FromSeconds(30));
        Advance(TimeSpan.FromSeconds(20));

        await SettleAsync(held, Complete);
    }

    [Fact]
    public async Task None_is_received_when_one_of_several_is_not_there()
    {
        var number = await DeferOneAsync("m1");
        var active = (await SendAsync("m2"))[0];

        await Should.ThrowAsync<MessageNotFoundException>(Broker.ReceiveDeferredAsync(BrokerEntity.Queue, [number, active]));

        Ids(await Broker.ReceiveDeferredAsync(BrokerEntity.Queue, [number])).ShouldBe(["m1"]);
    }

    [Fact]
    public async Task A_deferred_message_is_counted_as_neither_active_nor_locked_until_it_is_received()
    {
        var number = await DeferOneAsync("m1");
        await SendAsync("m2");
        (await Queue.CountAsync(default)).ShouldBe(new QueueCounts(1, 1, 0, 0, TimeSpan.Zero));

        await Broker.ReceiveDeferredAsync(BrokerEntity.Queue, [number]);

        (await Queue.CountAsync(default)).ShouldBe(new QueueCounts(1, 0, 1, 0, TimeSpan.Zero));
    }

    [Fact]
    public async Task One_that_expires_is_dead_lettered()
    {
        await Broker.SendAsync([Mail("m1") with { ExpiresAt = Now.AddMinutes(1) }]);
        var message = await ReceiveOneAsync();
        await SettleAsync(message, Defer);
        Advance(TimeSpan.FromMinutes(1));

        await Should.ThrowAsync<MessageNotFoundException>(Broker.ReceiveDeferredAsync(BrokerEntity.Queue, [message.SequenceNumber]));

        (await PeekAsync(BrokerEntity.DeadLetters)).ShouldHaveSingleItem().Death.ShouldNotBeNull().Reason.ShouldBe(DeadLetterReason.TtlExpired);
    }

    [Fact]
    public async Task One_that_is_received_too_often_is_dead_lettered()
    {
        var number = await DeferOneAsync("m1");
        for (var i = 0; i < 3; i++) await SettleAsync((await Broker.ReceiveDeferredAsync(BrokerEntity.Queue, [number]))[0], Abandon);

        await Should.ThrowAsync<MessageNotFoundException>(Broker.ReceiveDeferredAsync(BrokerEntity.Queue, [number]));

        (await PeekAsync(BrokerEntity.DeadLetters)).ShouldHaveSingleItem().Death.ShouldNotBeNull().Reason.ShouldBe(DeadLetterReason.MaxDeliveryCountExceeded);
    }

    [Fact]
    public async Task The_key_of_a_deferred_message_goes_on_with_the_next_one()
    {
        await DeferOneAsync("s1", "s");
        await SendToSessionAsync("s", "s2", "s3");

        var lease = (await PumpAsync()).ShouldHaveSingleItem();
        lease.Message.MessageId.ShouldBe("s2");
        await lease.CompleteAsync(default);
        Ids(await PumpAsync()).ShouldBe(["s3"]);
    }

    [Fact]
    public async Task The_first_of_a_key_makes_way_when_it_is_deferred()
    {
        await SendToSessionAsync("s", "s1", "s2");

        await SettleAsync(await ReceiveOneAsync(), Defer);

        Ids(await PumpAsync()).ShouldBe(["s2"]);
    }

    [Fact]
    public async Task Its_lock_and_its_place_aside_survive_a_crash()
    {
        var number = await DeferOneAsync("m1");
        await Broker.ReceiveDeferredAsync(BrokerEntity.Queue, [number]);

        Crash();

        await Should.ThrowAsync<MessageNotFoundException>(Broker.ReceiveDeferredAsync(BrokerEntity.Queue, [number]));
        LocksRunOut();
        Ids(await Broker.ReceiveDeferredAsync(BrokerEntity.Queue, [number])).ShouldBe(["m1"]);
    }

    [Fact]
    public async Task What_a_settlement_says_of_its_properties_stays_with_the_message()
    {
        await SendAsync("m1");
        var message = await ReceiveOneAsync();

        await SettleAsync(message, new Settlement.Defer { Properties = new Dictionary<string, string> { ["why"] = "later" } });
        (await PeekAsync())[0].Message.Properties.ShouldBe([new("why", "later")]);
        var again = (await Broker.ReceiveDeferredAsync(BrokerEntity.Queue, [message.SequenceNumber]))[0];
        await SettleAsync(again, new Settlement.DeadLetter(new DeadLetterReason("r"), "d") { Properties = new Dictionary<string, string> { ["why"] = "never" } });

        (await PeekAsync(BrokerEntity.DeadLetters))[0].Message.Properties.ShouldBe([new("why", "never")]);
    }
}
