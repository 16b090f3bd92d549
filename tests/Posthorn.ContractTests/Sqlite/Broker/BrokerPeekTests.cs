using Posthorn.Queues;
using Posthorn.Sqlite.Broker;

namespace Posthorn.ContractTests.Sqlite.Broker;

/// <summary>Looking at what lies there, and taking back what is not due.</summary>
public sealed class BrokerPeekTests : BrokerFacts
{
    [Fact]
    public async Task Every_message_is_seen_in_the_order_of_its_number_with_its_state()
    {
        var deferred = await DeferOneAsync("deferred");
        await SendAsync("locked");
        await ReceiveOneAsync();
        await Broker.SendAsync([Mail("later") with { DueAt = Now.AddMinutes(5) }]);
        await SendAsync("active");

        var seen = await PeekAsync();

        seen.Select(message => (message.Message.MessageId, message.State)).ShouldBe(
            [("deferred", BrokerMessageState.Deferred), ("locked", BrokerMessageState.Active), ("later", BrokerMessageState.Scheduled), ("active", BrokerMessageState.Active)]);
        seen.Select(message => message.SequenceNumber).ShouldBeInOrder();
        seen.Select(message => message.DueAt).ShouldBe([null, null, Now.AddMinutes(5), null]);
        seen.ShouldAllBe(message => message.Lock == null && message.Death == null && message.EnqueuedAt == Now);
        seen[0].SequenceNumber.ShouldBe(deferred);
    }

    [Fact]
    public async Task A_page_begins_at_a_number_and_has_no_more_than_was_asked_for()
    {
        var numbers = await SendAsync("m1", "m2", "m3", "m4");

        Ids(await Broker.PeekAsync(BrokerEntity.Queue, numbers[1], 2)).ShouldBe(["m2", "m3"]);
        Ids(await Broker.PeekAsync(BrokerEntity.Queue, numbers[3] + 1, 2)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_session_is_looked_at_alone_with_what_is_scheduled_and_deferred_of_it()
    {
        await DeferOneAsync("s1", "s");
        await SendToSessionAsync("other", "o1");
        await Broker.SendAsync([Mail("s2", "s") with { DueAt = Now.AddMinutes(5) }, Mail("s3", "s"), Mail("free")]);

        Ids(await Broker.PeekAsync(BrokerEntity.Queue, 0, 10, "s")).ShouldBe(["s1", "s2", "s3"]);
        Ids(await Broker.PeekAsync(BrokerEntity.Queue, 0, 2, "s")).ShouldBe(["s1", "s2"]);
    }

    [Fact]
    public async Task A_delivery_that_is_under_way_is_not_counted_until_it_came_to_nothing()
    {
        await BuryAsync("dead");
        await SendAsync("alive");
        var (letter, message) = (await ReceiveOneAsync(BrokerEntity.DeadLetters), await ReceiveOneAsync());
        (letter.DeliveryCount, message.DeliveryCount).ShouldBe((2, 1));

        (await CountAsync(BrokerEntity.DeadLetters), await CountAsync(BrokerEntity.Queue)).ShouldBe((1, 0));
        await SettleAsync(letter, Abandon);
        LocksRunOut();
        (await CountAsync(BrokerEntity.DeadLetters), await CountAsync(BrokerEntity.Queue)).ShouldBe((2, 1));

        async Task<int> CountAsync(BrokerEntity entity) => (await PeekAsync(entity)).ShouldHaveSingleItem().DeliveryCount;
    }

    [Fact]
    public async Task Dead_letters_are_seen_with_their_cause()
    {
        await BuryAsync("d1", "d2");

        var seen = await PeekAsync(BrokerEntity.DeadLetters);

        Ids(seen).ShouldBe(["d1", "d2"]);
        seen[0].Death.ShouldBe(new BrokerDeath(new DeadLetterReason("Broken"), "it is broken", Now));
        Ids(await Broker.PeekAsync(BrokerEntity.DeadLetters, seen[1].SequenceNumber, 10)).ShouldBe(["d2"]);
    }

    [Fact]
    public async Task A_scheduled_message_is_cancelled_by_the_number_that_its_send_gave()
    {
        var numbers = await Broker.SendAsync([Mail("m1") with { DueAt = Now.AddMinutes(5) }, Mail("m2", "s") with { DueAt = Now.AddMinutes(5) }]);

        await Broker.CancelAsync(numbers);

        (await PeekAsync()).ShouldBeEmpty();
        RawFile.Read(Path, "SELECT count(*) FROM contents").ShouldBe(0L);
    }

    [Theory]
    [InlineData("active")]
    [InlineData("due")]
    [InlineData("locked")]
    [InlineData("deferred")]
    [InlineData("gone")]
    public async Task Nothing_is_cancelled_when_one_is_not_scheduled(string other)
    {
        var scheduled = await Broker.SendAsync([Mail("m1") with { DueAt = Now.AddMinutes(5) }]);
        var number = other switch
        {
            "deferred" => await DeferOneAsync("m2"),
            "gone" => 99,
            "due" => (await Broker.SendAsync([Mail("m2") with { DueAt = Now.AddMinutes(1) }]))[0],
            _ => (await SendAsync("m2"))[0],
        };
        if (other == "due") Advance(TimeSpan.FromMinutes(1));
        if (other == "locked") await ReceiveOneAsync();

        await Should.ThrowAsync<MessageNotFoundException>(Broker.CancelAsync([scheduled[0], number]));

        Ids(await PeekAsync()).ShouldContain("m1");
    }

    [Fact]
    public async Task A_duplicate_has_no_number_and_is_not_added()
    {
        var first = await SendAsync("m1", "m1", "m2");

        first[1].ShouldBe(0);
        first.Where(number => number > 0).ShouldBe([1, 2]);
        (await SendAsync("m2")).ShouldBe([0]);
        Ids(await PeekAsync()).ShouldBe(["m1", "m2"]);
    }

    [Fact]
    public void A_lock_token_survives_its_way_as_a_guid()
    {
        foreach (var token in new[] { new LockToken(1, long.MinValue), new LockToken(long.MaxValue, -1), new LockToken(0, 0) })
            LockToken.From(token.ToGuid()).ShouldBe(token);
    }
}
