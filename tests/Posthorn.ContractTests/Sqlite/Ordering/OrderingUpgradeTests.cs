using Posthorn.ContractTests.Queues;
using Posthorn.Queues;
using Posthorn.Sqlite;

namespace Posthorn.ContractTests.Sqlite.Ordering;

/// <summary>A file whose keys nobody heeded yet is opened: nothing is lost, and what it holds gets in line.</summary>
public sealed class OrderingUpgradeTests : QueueFacts
{
    private readonly SqliteQueueHarness _harness = new();
    private int _put;

    [Theory]
    [InlineData(OnExhausted.Skip)]
    [InlineData(OnExhausted.Hold)]
    public async Task What_waits_is_delivered_in_the_order_in_which_it_came(OnExhausted onExhausted)
    {
        BeOld();
        foreach (var id in new[] { "a1", "b1", "a2", "a3", "b2" }) Put(id);
        Put("free", isKeyed: false);
        Put("free too", isKeyed: false);

        var queue = Open(onExhausted);

        (await queue.CountAsync(default)).ShouldBe(new QueueCounts(7, 0, 0, 0, TimeSpan.FromHours(2)));
        await ShouldDeliverAsync(queue, "a1", "b1", "free", "free too");
        await ShouldDeliverAsync(queue, "a2", "b2");
        await ShouldDeliverAsync(queue, "a3");
        RawFile.Read(_harness.Path, "SELECT (SELECT count(*) FROM contents) + (SELECT count(*) FROM messages)").ShouldBe(0L);
    }

    [Theory]
    [InlineData("attempts_made = 2")]
    [InlineData("postponements = 1")]
    public async Task One_that_failed_holds_its_key_back_until_its_time_comes(string state)
    {
        BeOld();
        Put("a1", state: $"{state}, {DueAt(TimeSpan.FromMinutes(5))}");
        Put("a2");

        var queue = Open();

        (await LeaseAsync(queue, 10)).ShouldBeEmpty();
        await AdvanceAsync(TimeSpan.FromMinutes(5));
        await ShouldDeliverAsync(queue, "a1");
        await ShouldDeliverAsync(queue, "a2");
    }

    [Fact]
    public async Task What_was_scheduled_holds_nobody_back_and_joins_when_it_is_due()
    {
        BeOld();
        Put("a-later", state: DueAt(TimeSpan.FromMinutes(5)));
        Put("a1");
        Put("a2", state: "attempts_made = 1");

        var queue = Open();

        (await queue.CountAsync(default)).ShouldBe(new QueueCounts(2, 1, 0, 0, TimeSpan.FromHours(2)));
        await ShouldDeliverAsync(queue, "a1");
        await AdvanceAsync(TimeSpan.FromMinutes(5));
        await queue.EnqueueAsync([Keyed("a3")], default);
        foreach (var id in new[] { "a2", "a-later", "a3" }) await ShouldDeliverAsync(queue, id);
    }

    [Fact]
    public async Task Several_of_a_key_that_were_leased_at_once_come_one_after_the_other_when_their_locks_end()
    {
        BeOld();
        foreach (var id in new[] { "a1", "a2" }) Put(id, state: $"lock_token = 5, delivery_count = 1, visible_at = {Milliseconds(Now.AddSeconds(20))}");
        Put("a3");

        var queue = Open();

        (await queue.CountAsync(default)).Locked.ShouldBe(2);
        (await LeaseAsync(queue, 10)).ShouldBeEmpty();
        await AdvanceAsync(TimeSpan.FromSeconds(20));
        var again = (await LeaseAsync(queue, 10)).ShouldHaveSingleItem();
        (again.Message.MessageId, again.DeliveryCount).ShouldBe(("a1", 2));
        await again.CompleteAsync(default);
        await ShouldDeliverAsync(queue, "a2");
        await ShouldDeliverAsync(queue, "a3");
    }

    [Fact]
    public async Task What_was_leased_by_a_worker_that_goes_on_with_the_old_version_is_settled_by_it_and_lets_its_key_go_on()
    {
        BeOld();
        foreach (var id in new[] { "a1", "a2" }) Put(id, state: $"lock_token = 5, delivery_count = 1, visible_at = {Milliseconds(Now.AddSeconds(20))}");
        Put("a3");
        var queue = Open();

        foreach (var sequence in new[] { 2, 1 }) RawFile.Execute(_harness.Path, $"DELETE FROM messages WHERE sequence = {sequence} AND lock_token = 5");

        await ShouldDeliverAsync(queue, "a3");
    }

    [Theory]
    [InlineData(OnExhausted.Skip)]
    [InlineData(OnExhausted.Hold)]
    public async Task What_died_before_holds_nothing_and_joins_at_the_end_when_it_is_replayed(OnExhausted onExhausted)
    {
        BeOld();
        Put("a1");
        Put("a2");
        RawFile.Execute(_harness.Path, $"""
            INSERT INTO dead_letters (content_id, message_id, enqueued_at, dead_lettered_at, reason, delivery_count, attempts_made, postponements, replays)
            SELECT content_id, message_id, enqueued_at, {Milliseconds(Now.AddHours(-1))}, 'RetriesExhausted', 1, 1, 0, 0 FROM messages WHERE message_id = 'a1';
            DELETE FROM messages WHERE message_id = 'a1';
            """);
        Put("a3");

        var queue = Open(onExhausted);

        (await queue.CountAsync(default)).Dead.ShouldBe(1);
        await ShouldDeliverAsync(queue, "a2");
        (await queue.DeadLetters.ReplayAsync([1], ReplayChanges.None, default)).ShouldBe([1]);
        await ShouldDeliverAsync(queue, "a3");
        await ShouldDeliverAsync(queue, "a1");
    }

    [Fact]
    public async Task What_was_replayed_keeps_the_place_that_its_replay_gave_it()
    {
        BeOld();
        Put("a2");
        Put("a1", state: "replays = 1, replay_run = 'run_1'");
        Put("a3");

        var queue = Open();

        foreach (var id in new[] { "a2", "a1", "a3" }) await ShouldDeliverAsync(queue, id);
    }

    [Fact]
    public async Task A_large_file_is_put_in_line_in_a_moment()
    {
        BeOld();
        RawFile.Execute(_harness.Path, $"""
            WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 50000)
            INSERT INTO contents (content_id, body, properties, ordering_key) SELECT n, x'7B7D', '{"{}"}', 'k' FROM numbers;
            INSERT INTO messages (content_id, message_id, enqueued_at, due_at, visible_at) SELECT content_id, 'm' || content_id, {Milliseconds(Now)}, 0, 0 FROM contents;
            """);

        await Task.Run(() => Open()).WaitAsync(Patience); // Minutes, were each to look for the first of its key without an index.

        RawFile.Read(_harness.Path, "SELECT group_concat(sequence) FROM messages WHERE waits = 0").ShouldBe("1");
    }

    protected override QueueHarness NewHarness() => _harness;

    private void BeOld()
    {
        _harness.Close();
        RawFile.MakeOld(_harness.Path, version: 2);
    }

    private SqliteQueue Open(OnExhausted onExhausted = OnExhausted.Skip) => _harness.OpenSqlite(Settings with { OnExhausted = onExhausted });

    /// <summary>Enqueues as the version before did, two hours ago.</summary>
    private void Put(string id, bool isKeyed = true, string state = "delivery_count = 0")
    {
        var of = isKeyed ? $"'{id[..1]}'" : "NULL";
        var enqueued = Milliseconds(Now.AddHours(-2)) + _put++;
        RawFile.Execute(_harness.Path, $$"""
            INSERT INTO contents (body, properties, ordering_key) VALUES (x'7B7D', '{}', {{of}});
            INSERT INTO messages (content_id, message_id, enqueued_at, due_at, visible_at) VALUES (last_insert_rowid(), '{{id}}', {{enqueued}}, {{enqueued - 900_000}}, {{enqueued - 900_000}});
            UPDATE messages SET {{state}} WHERE message_id = '{{id}}';
            """);
    }

    private string DueAt(TimeSpan later) => $"due_at = {Milliseconds(Now + later)}, visible_at = {Milliseconds(Now + later)}";

    private async Task ShouldDeliverAsync(IDeliveryQueue queue, params string[] ids)
    {
        var leases = await LeaseAsync(queue, 10);
        Ids(leases).ShouldBe(ids, ignoreOrder: true);
        foreach (var lease in leases) await lease.CompleteAsync(default);
    }

    private static long Milliseconds(DateTimeOffset time) => time.ToUnixTimeMilliseconds();
}
