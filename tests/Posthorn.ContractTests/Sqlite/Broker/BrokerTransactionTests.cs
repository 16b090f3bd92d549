using Posthorn.Queues;
using Posthorn.Sqlite.Broker;

namespace Posthorn.ContractTests.Sqlite.Broker;

/// <summary>Several changes at once: all of them, or none.</summary>
public sealed class BrokerTransactionTests : BrokerFacts
{
    [Fact]
    public async Task A_copy_is_scheduled_and_the_original_completed_in_one()
    {
        await SendAsync("m1");
        var original = await ReceiveOneAsync();

        var numbers = await Broker.ApplyAsync([new BrokerChange.Send([Mail("m1:1") with { DueAt = Now.AddMinutes(1) }]), Settle(original, Complete)]);

        var copy = (await PeekAsync()).ShouldHaveSingleItem();
        (copy.Message.MessageId, copy.State, copy.SequenceNumber).ShouldBe(("m1:1", BrokerMessageState.Scheduled, numbers[0][0]));
        numbers[1].ShouldBeEmpty();
    }

    [Fact]
    public async Task A_dead_letter_goes_back_to_the_queue_in_one()
    {
        await BuryAsync("m1");
        var letter = await ReceiveOneAsync(BrokerEntity.DeadLetters);

        await Broker.ApplyAsync([new BrokerChange.Send([Mail("m1:r1")]), Settle(letter, Complete)]);

        Ids(await PeekAsync()).ShouldBe(["m1:r1"]);
        (await PeekAsync(BrokerEntity.DeadLetters)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Every_kind_of_change_is_made_together()
    {
        await BuryAsync("dead");
        await SendAsync("completed", "abandoned", "deferred", "buried");
        var letter = await ReceiveOneAsync(BrokerEntity.DeadLetters);
        var received = await ReceiveAsync();

        await Broker.ApplyAsync(
        [
            new BrokerChange.Send([Mail("sent"), Mail("sent to a session", "s")]), Settle(letter, Abandon),
            Settle(received[0], Complete), Settle(received[1], Abandon), Settle(received[2], Defer), Settle(received[3], DeadLetter),
        ]);

        (await PeekAsync()).Select(message => (message.Message.MessageId, message.State)).ShouldBe(
            [("abandoned", BrokerMessageState.Active), ("deferred", BrokerMessageState.Deferred), ("sent", BrokerMessageState.Active), ("sent to a session", BrokerMessageState.Active)]);
        Ids(await ReceiveAsync(BrokerEntity.DeadLetters)).ShouldBe(["dead", "buried"]);
    }

    [Theory]
    [InlineData("ran out")]
    [InlineData("used before")]
    [InlineData("used twice")]
    [InlineData("of a session that was released")]
    public async Task One_lost_lock_refuses_all(string lost)
    {
        await SendAsync("m1");
        await SendToSessionAsync("s", "s1");
        var session = await AcceptAsync("s");
        var other = (await ReceiveAsync(session))[0];
        var message = await ReceiveOneAsync();
        if (lost == "ran out") LocksRunOut();
        if (lost == "used before") await SettleAsync(other, Defer);
        if (lost == "of a session that was released") await session.ReleaseAsync();
        var last = lost == "used twice" ? message : other;

        await Should.ThrowAsync<LockLostException>(Broker.ApplyAsync([new BrokerChange.Send([Mail("sent")]), Settle(message, Complete), Settle(last, Complete)]));

        Ids(await PeekAsync()).ShouldBe(["m1", "s1"], ignoreOrder: true);
        if (lost != "ran out") await SettleAsync(message, Complete); // Its lock was left to it.
    }

    [Fact]
    public async Task Nothing_is_done_when_one_of_them_cannot_be_and_who_shares_its_commit_does_not_notice()
    {
        await BuryAsync("dead");
        await SendAsync("m1", "m2");
        var (letter, received) = (await ReceiveOneAsync(BrokerEntity.DeadLetters), await ReceiveAsync());

        var refused = Broker.ApplyAsync([Settle(received[0], Complete), Settle(letter, DeadLetter)]);
        var others = Enumerable.Range(0, 50).Select(i => SendAsync($"x{i}")).ToList();

        await Should.ThrowAsync<InvalidOperationException>(refused);
        await Task.WhenAll(others);
        await Broker.ApplyAsync([Settle(received[0], Complete), Settle(letter, Complete)]);
        (await PeekAsync()).Count.ShouldBe(51);
    }

    [Fact]
    public async Task What_it_completes_stays_locked_until_then()
    {
        await SendAsync("m1");
        var message = await ReceiveOneAsync();
        BrokerChange[] transaction = [Settle(message, Complete)];

        (await ReceiveAsync()).ShouldBeEmpty();
        (await PumpAsync()).ShouldBeEmpty();
        await Broker.ApplyAsync(transaction);

        (await PeekAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_copy_whose_id_is_known_is_dropped_and_the_original_is_completed_all_the_same()
    {
        await SendAsync("m1", "m1:1");
        var original = (await ReceiveAsync())[0];

        var numbers = await Broker.ApplyAsync([new BrokerChange.Send([Mail("m1:1")]), Settle(original, Complete)]);

        numbers[0].ShouldBe([0]);
        Ids(await PeekAsync()).ShouldBe(["m1:1"]);
    }

    private static BrokerChange.Settle Settle(BrokerMessage message, Settlement how) =>
        new(message.Death is null ? BrokerEntity.Queue : BrokerEntity.DeadLetters, Lock(message), how);
}
