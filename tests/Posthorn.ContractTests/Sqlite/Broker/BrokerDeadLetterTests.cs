using Posthorn.Queues;
using Posthorn.Sqlite.Broker;

namespace Posthorn.ContractTests.Sqlite.Broker;

/// <summary>Dead letters under lock, beside the operator's own tools.</summary>
public sealed class BrokerDeadLetterTests : BrokerFacts
{
    private const BrokerEntity Dead = BrokerEntity.DeadLetters;

    [Fact]
    public async Task They_are_received_in_the_order_of_death_each_by_one_receiver_until_its_lock_ends()
    {
        await BuryAsync("d1", "d2", "d3");

        var first = await ReceiveAsync(Dead, 2);
        Ids(first).ShouldBe(["d1", "d2"]);
        first.ShouldAllBe(letter => letter.Lock!.Until == Now + TimeSpan.FromSeconds(30));
        first.Select(letter => letter.Death!.Reason.Name).ShouldAllBe(reason => reason == "Broken");
        Ids(await ReceiveAsync(Dead)).ShouldBe(["d3"]);
        (await ReceiveAsync(Dead)).ShouldBeEmpty();
        LocksRunOut();

        var again = await ReceiveAsync(Dead);
        Ids(again).ShouldBe(["d1", "d2", "d3"]);
        again.Select(letter => letter.DeliveryCount).ShouldAllBe(count => count == 3);
        await Should.ThrowAsync<LockLostException>(SettleAsync(first[0], Complete));
    }

    [Fact]
    public async Task One_that_is_completed_is_gone()
    {
        await BuryAsync("d1", "d2");

        await SettleAsync(await ReceiveOneAsync(Dead), Complete);

        Ids(await PeekAsync(Dead)).ShouldBe(["d2"]);
        RawFile.Read(Path, "SELECT (SELECT count(*) FROM contents) + (SELECT count(*) FROM dead_letter_leases)").ShouldBe(1L);
    }

    [Fact]
    public async Task One_that_is_abandoned_comes_first_again()
    {
        await BuryAsync("d1", "d2");

        await SettleAsync(await ReceiveOneAsync(Dead), Abandon);

        Ids(await ReceiveAsync(Dead)).ShouldBe(["d1", "d2"]);
    }

    [Fact]
    public async Task A_renewed_lock_is_held_longer()
    {
        await BuryAsync("d1");
        var letter = await ReceiveOneAsync(Dead);
        Advance(TimeSpan.FromSeconds(20));

        (await Broker.RenewAsync(Dead, Lock(letter))).ShouldBe(Now + TimeSpan.FromSeconds(30));
        Advance(TimeSpan.FromSeconds(20));

        await SettleAsync(letter, Complete);
        await Should.ThrowAsync<LockLostException>(Broker.RenewAsync(Dead, Lock(letter)));
    }

    [Fact]
    public async Task One_that_is_deferred_is_received_by_its_number_only()
    {
        await BuryAsync("d1", "d2");
        var letter = await ReceiveOneAsync(Dead);

        await SettleAsync(letter, Defer);

        Ids(await ReceiveAsync(Dead)).ShouldBe(["d2"]);
        (await PeekAsync(Dead))[0].State.ShouldBe(BrokerMessageState.Deferred);
        var again = (await Broker.ReceiveDeferredAsync(Dead, [letter.SequenceNumber])).ShouldHaveSingleItem();
        await SettleAsync(again, Abandon);
        LocksRunOut();
        Ids(await ReceiveAsync(Dead)).ShouldBe(["d2"]);
        await SettleAsync((await Broker.ReceiveDeferredAsync(Dead, [letter.SequenceNumber]))[0], Complete);
        Ids(await PeekAsync(Dead)).ShouldBe(["d2"]);
    }

    [Fact]
    public async Task None_can_be_dead_lettered_again()
    {
        await BuryAsync("d1");
        var letter = await ReceiveOneAsync(Dead);

        await Should.ThrowAsync<InvalidOperationException>(SettleAsync(letter, DeadLetter));

        await SettleAsync(letter, Complete);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_operator_takes_a_letter_from_under_its_lock(bool replays)
    {
        await BuryAsync("d1");
        var letter = await ReceiveOneAsync(Dead);

        if (replays) (await Queue.DeadLetters.ReplayAsync([letter.SequenceNumber], ReplayChanges.None, default)).ShouldBe([letter.SequenceNumber]);
        else (await Queue.DeadLetters.PurgeAsync([letter.SequenceNumber], default)).ShouldBe(1);

        await Should.ThrowAsync<LockLostException>(SettleAsync(letter, Complete));
        Ids(await PumpAsync()).ShouldBe(replays ? ["d1"] : []);
        RawFile.Read(Path, "SELECT count(*) FROM dead_letter_leases").ShouldBe(0L);
    }

    [Fact]
    public async Task Locks_hide_nothing_from_the_operator_and_survive_a_crash()
    {
        await BuryAsync("d1");
        await ReceiveOneAsync(Dead);

        Crash();

        (await Queue.DeadLetters.BrowseAsync(0, 10, default)).ShouldHaveSingleItem();
        (await Queue.CountAsync(default)).Dead.ShouldBe(1);
        (await ReceiveAsync(Dead)).ShouldBeEmpty();
        LocksRunOut();
        Ids(await ReceiveAsync(Dead)).ShouldBe(["d1"]);
    }

    [Fact]
    public async Task Who_waits_for_a_letter_gets_it_when_a_message_dies()
    {
        var waiting = Broker.ReceiveAsync(Dead, 1, TimeSpan.FromHours(1), default);
        await SendAsync("d1");

        await SettleAsync(await ReceiveOneAsync(), DeadLetter);

        Ids(await waiting.WaitAsync(Patience)).ShouldBe(["d1"]);
    }
}
