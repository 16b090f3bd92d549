using Posthorn.Queues;
using Posthorn.Sqlite.Broker;

namespace Posthorn.ContractTests.Sqlite.Broker;

/// <summary>A file of the version before is opened: nothing in it is lost, and its order is kept.</summary>
public sealed class BrokerUpgradeTests : BrokerFacts
{
    private long Past => Now.AddHours(-1).ToUnixTimeMilliseconds();

    [Fact]
    public async Task Every_message_is_there_with_its_number_its_state_and_its_place()
    {
        BeOld();
        Put("a1", "a");
        Put("a2", "a", "attempts_made = 2, attempts = '[]', delivery_count = 1");
        Put("gone", null);
        Put("free", null, "replays = 1, replay_run = 'run_1', overrides = '{\"x\":\"y\"}'");
        Put("later", "b", $"waits = 2, due_at = {Milliseconds(5)}, visible_at = {Milliseconds(5)}");
        Put("leased", null, $"lock_token = 5, delivery_count = 1, visible_at = {Milliseconds(1)}");
        RawFile.Execute(Path, "DELETE FROM messages WHERE message_id = 'gone'");

        Crash();

        RawFile.Read(Path, "PRAGMA user_version").ShouldBe(4L);
        (await PeekAsync()).Select(message => (message.SequenceNumber, message.Message.MessageId, message.Message.OrderingKey, message.State)).ShouldBe(
        [
            (1, "a1", "a", BrokerMessageState.Active), (2, "a2", "a", BrokerMessageState.Active), (4, "free", null, BrokerMessageState.Active),
            (5, "later", "b", BrokerMessageState.Scheduled), (6, "leased", null, BrokerMessageState.Active),
        ]);
        (await Queue.CountAsync(default)).ShouldBe(new QueueCounts(3, 1, 1, 0, TimeSpan.FromHours(1)));
        var leases = await PumpAsync();
        Ids(leases).ShouldBe(["a1", "free"]);
        leases[1].Message.Properties["x"].ShouldBe("y");
        await leases[0].CompleteAsync(default);
        var next = (await PumpAsync()).ShouldHaveSingleItem();
        (next.Message.MessageId, next.DeliveryCount, next.Progress.AttemptsMade).ShouldBe(("a2", 2, 2));
        (await PeekAsync()).Select(message => message.SequenceNumber).ShouldNotContain(7);
        (await SendAsync("new")).ShouldBe([7]);
    }

    [Fact]
    public async Task Numbers_of_messages_that_are_gone_are_not_given_again()
    {
        BeOld();
        for (var i = 0; i < 4; i++) Put($"m{i}", null);
        RawFile.Execute(Path, "DELETE FROM messages");

        Crash();

        (await SendAsync("next")).ShouldBe([5]);
    }

    [Fact]
    public async Task Held_keys_stay_held_and_what_is_new_works_on_old_mail()
    {
        BeOld();
        Put("a1", "a");
        Put("b1", "b");
        RawFile.Execute(Path, $"""
            INSERT INTO dead_letters (content_id, message_id, enqueued_at, dead_lettered_at, reason, delivery_count, attempts_made, postponements, replays)
            SELECT content_id, message_id, enqueued_at, {Past}, 'Broken', 1, 0, 0, 0 FROM messages WHERE message_id = 'a1';
            INSERT INTO holds VALUES (1, 'a', 1);
            DELETE FROM messages WHERE message_id = 'a1';
            """);
        Put("a2", "a");

        Crash(new() { OnExhausted = OnExhausted.Hold });

        Ids(await PumpAsync()).ShouldBe(["b1"]);
        await SettleAsync(await ReceiveOneAsync(BrokerEntity.DeadLetters), Complete);
        Ids(await ReceiveAsync(await AcceptAsync())).ShouldBe(["a2"]);
    }

    private void BeOld()
    {
        Close();
        RawFile.MakeOld(Path, version: 3);
    }

    private void Put(string id, string? key, string state = "delivery_count = 0")
    {
        var of = key is null ? "NULL" : $"'{key}'";
        RawFile.Execute(Path, $$"""
            INSERT INTO contents (body, properties, ordering_key) VALUES (x'7B7D', '{}', {{of}});
            INSERT INTO messages (content_id, message_id, enqueued_at, due_at, visible_at, ordering_key) VALUES (last_insert_rowid(), '{{id}}', {{Past}}, {{Past}}, {{Past}}, {{of}});
            UPDATE messages SET {{state}} WHERE message_id = '{{id}}';
            """);
    }

    private long Milliseconds(int minutes) => Now.AddMinutes(minutes).ToUnixTimeMilliseconds();
}
