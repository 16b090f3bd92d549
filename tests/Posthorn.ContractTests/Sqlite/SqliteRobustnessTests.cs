using Posthorn.ContractTests.Queues;
using Posthorn.Queues;
using Posthorn.Sqlite;

namespace Posthorn.ContractTests.Sqlite;

/// <summary>What a file that others write to, a clock, or a busy moment may do to the queue.</summary>
public sealed class SqliteRobustnessTests : QueueFacts
{
    private readonly SqliteQueueHarness _harness = new();

    protected override QueueHarness NewHarness() => _harness;

    [Fact]
    public async Task A_batch_comes_in_the_order_of_due_times()
    {
        await EnqueueAsync(Message("third") with { DueAt = Now.AddSeconds(30) }, Message("first") with { DueAt = Now.AddSeconds(10) }, Message("second") with { DueAt = Now.AddSeconds(20) });
        await AdvanceAsync(TimeSpan.FromSeconds(31));
        Ids(await Queue.ReceiveAsync(3, TimeSpan.Zero, default)).ShouldBe(["first", "second", "third"]);
    }

    [Fact]
    public async Task Fault_15_however_many_have_expired_none_is_leased()
    {
        await EnqueueAsync([.. Enumerable.Range(0, 300).Select(i => Message($"m{i}") with { ExpiresAt = Now.AddMinutes(1) })]);
        await AdvanceAsync(TimeSpan.FromMinutes(2));
        var leases = await Queue.ReceiveAsync(100, TimeSpan.Zero, default);
        leases.Count.ShouldBe(0);
    }

    [Fact]
    public async Task Fault_20_a_database_of_another_program_is_left_as_it_is()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("foreign.db");
        RawFile.Execute(path, "CREATE TABLE customers (name TEXT)");
        var before = await File.ReadAllBytesAsync(path);
        Should.Throw<QueueFileException>(() => SqliteQueue.Open(new SqliteQueueOptions { Path = path }, _harness.Clock));
        RawFile.Read(path, "PRAGMA journal_mode").ShouldBe("delete");
        (await File.ReadAllBytesAsync(path)).ShouldBe(before);
    }

    [Theory]
    [InlineData("9223372036854775807")]
    [InlineData("2147483648")]
    [InlineData("-1")]
    [InlineData("1e300")]
    [InlineData("'many'")]
    [InlineData("x'FF00'")]
    public async Task Fault_53_absurd_counters_of_a_dead_letter_are_read_safely(string value)
    {
        await BuryAsync("a");
        RawFile.Execute(_harness.Path, $"UPDATE dead_letters SET delivery_count = {value}, replays = {value}, attempts_made = {value}, postponements = {value}");
        var letter = (await DeadLetters.BrowseAsync(0, 10, default)).ShouldHaveSingleItem();
        letter.DeliveryCount.ShouldBeGreaterThanOrEqualTo(0);
        (await DeadLetters.ReplayAsync([letter.Sequence], ReplayChanges.None, default)).Count.ShouldBe(1);
        (await LeaseOneAsync()).Progress.Replays.ShouldBeGreaterThanOrEqualTo(0);
    }

    [Theory]
    [InlineData("replays")]
    [InlineData("delivery_count")]
    public async Task Fault_53_one_absurd_counter_of_a_dead_letter_is_read_safely(string column)
    {
        await BuryAsync("a");
        RawFile.Execute(_harness.Path, $"UPDATE dead_letters SET {column} = 9223372036854775807");
        var letter = (await DeadLetters.BrowseAsync(0, 10, default)).ShouldHaveSingleItem();
        letter.DeliveryCount.ShouldBeGreaterThanOrEqualTo(0);
        (await DeadLetters.ReplayAsync([letter.Sequence], ReplayChanges.None, default)).Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("9223372036854775807")]
    [InlineData("-9223372036854775808")]
    public async Task An_absurd_time_takes_nobody_along(string value)
    {
        await EnqueueAsync("a", "neighbour");
        RawFile.Execute(_harness.Path, $"UPDATE messages SET enqueued_at = {value} WHERE message_id = 'a'");
        (await Queue.CountAsync(default)).Active.ShouldBe(2);
        Ids(await LeaseAsync(2)).ShouldBe(["a", "neighbour"]);
    }

    [Fact]
    public async Task Fault_53_an_absurd_delivery_count_buries_its_message_alone()
    {
        await EnqueueAsync("a", "neighbour");
        RawFile.Execute(_harness.Path, "UPDATE messages SET delivery_count = 9223372036854775807 WHERE message_id = 'a'");
        Ids(await LeaseAsync(2)).ShouldBe(["neighbour"]);
        (await DeadLetters.BrowseAsync(0, 10, default)).ShouldHaveSingleItem().DeliveryCount.ShouldBeGreaterThanOrEqualTo(0);
    }

    [Fact]
    public async Task A_short_waiter_does_not_steal_the_news_from_a_long_one()
    {
        var real = Settings with { RealClock = true };
        using var mine = _harness.OpenSqlite(real);
        using var other = _harness.OpenSqlite(real);
        var shorts = Enumerable.Range(0, 8).Select(_ => mine.ReceiveAsync(1, TimeSpan.FromMilliseconds(400), default)).ToList();
        var waiting = mine.ReceiveAsync(1, TimeSpan.FromSeconds(15), default);
        await Task.Delay(120);
        await other.EnqueueAsync([Message("soon") with { DueAt = TimeProvider.System.GetUtcNow().AddSeconds(1) }], default);
        await Task.WhenAll(shorts);
        Ids(await waiting.WaitAsync(TimeSpan.FromSeconds(5))).ShouldBe(["soon"]);
    }

    [Fact]
    public async Task Remembered_ids_do_not_grow_for_ever()
    {
        for (var i = 0; i < 10; i++)
        {
            await EnqueueAsync([.. Enumerable.Range(0, 5000).Select(n => Message($"{i}-{n}"))]); // 5000 in 5 s: 1000 a second.
            await AdvanceAsync(TimeSpan.FromSeconds(5));
        }
        await AdvanceAsync(Settings.DuplicateWindow);
        for (var i = 0; i < 100; i++) await EnqueueAsync($"later{i}");
        RawFile.Read(_harness.Path, "SELECT count(*) FROM recent_ids").ShouldBe(100L);
    }

    [Fact]
    public async Task Fault_14_mail_stays_due_when_the_clock_is_set_back_ten_minutes()
    {
        var queue = SqliteQueue.Open(new SqliteQueueOptions { Path = _harness.Path }, _harness.Clock);
        await queue.EnqueueAsync([Message("before")], default);
        _harness.Clock.AdjustTime(_harness.Clock.GetUtcNow().AddMinutes(-10));
        await queue.EnqueueAsync([Message("after")], default);
        var ids = Ids(await LeaseAsync(queue, 5)).ToList();
        queue.Dispose();
        ids.ShouldBe(["before", "after"], ignoreOrder: true);
    }

    [Fact]
    public async Task A_receive_on_a_closed_queue_says_that_it_is_closed()
    {
        var real = Settings with { RealClock = true };
        var mine = _harness.OpenSqlite(real);
        var waiting = mine.ReceiveAsync(1, TimeSpan.FromSeconds(15), default);
        mine.Dispose();
        await Should.ThrowAsync<QueueUnavailableException>(() => waiting.WaitAsync(TimeSpan.FromSeconds(5)));
    }

    [Fact]
    public async Task The_expiry_comes_back_with_the_lease()
    {
        var message = Message("a") with { ExpiresAt = Now.AddHours(1), Fingerprint = new byte[] { 1 } };
        await EnqueueAsync(message);
        (await LeaseOneAsync()).Message.ExpiresAt.ShouldBe(message.ExpiresAt);
    }

    [Fact]
    public async Task Fault_53_a_history_of_nothing_is_empty()
    {
        await EnqueueAsync("a");
        RawFile.Execute(_harness.Path, "UPDATE messages SET attempts = '[null]'");
        (await LeaseOneAsync()).Progress.Attempts.ShouldAllBe(attempt => attempt != null);
    }

    [Fact]
    public async Task A_property_without_a_value_is_left_out()
    {
        await EnqueueAsync("a");
        RawFile.Execute(_harness.Path, "UPDATE contents SET properties = '{\"a\":null}'");
        (await LeaseOneAsync()).Message.Properties.Values.ShouldAllBe(value => value != null);
    }

    [Fact]
    public async Task A_NUL_in_a_text_comes_back()
    {
        await EnqueueAsync(Message("a\0b") with { ContentType = "x\0y", OrderingKey = "k\0l" });
        var message = (await LeaseOneAsync()).Message;
        (message.MessageId, message.ContentType, message.OrderingKey).ShouldBe(("a\0b", "x\0y", "k\0l"));
    }

    [Fact]
    public async Task Fault_52_a_conflict_is_seen_behind_a_message_without_a_fingerprint()
    {
        await EnqueueAsync(Fingerprinted("a", 1));
        (await EnqueueAsync(Message("a"), Fingerprinted("a", 9)))[1].ShouldBe(EnqueueOutcome.Conflict);
    }

    [Fact]
    public async Task A_receive_of_none_is_a_mistake()
    {
        await EnqueueAsync("a", "b", "c");
        await Should.ThrowAsync<ArgumentOutOfRangeException>(() => Queue.ReceiveAsync(0, TimeSpan.Zero, default));
        await Should.ThrowAsync<ArgumentOutOfRangeException>(() => Queue.ReceiveAsync(-1, TimeSpan.Zero, default));
    }

    [Fact]
    public async Task A_cancelled_enqueue_adds_nothing()
    {
        await Should.ThrowAsync<OperationCanceledException>(() => Queue.EnqueueAsync([Message("a")], new CancellationToken(true)));
    }

    [Fact]
    public async Task Fault_20_the_log_of_an_emptied_file_is_not_thrown_away()
    {
        await EnqueueAsync("a");
        using var folder = new TemporaryFolder();
        File.Copy(_harness.Path + "-wal", folder.File("q.db-wal"));
        await File.WriteAllBytesAsync(folder.File("q.db"), []);
        Should.Throw<QueueFileException>(() => { using var queue = SqliteQueue.Open(new SqliteQueueOptions { Path = folder.File("q.db") }, _harness.Clock); });
    }

    [Fact]
    public async Task A_replayed_message_still_knows_when_it_first_came()
    {
        var first = Now;
        await BuryAsync("a");
        await AdvanceAsync(TimeSpan.FromHours(5));
        await DeadLetters.ReplayAsync([(await DeadLetters.SummariesAsync(long.MaxValue, 1, BrowseOrder.Descending, default))[0].Sequence], ReplayChanges.None, default);
        (await LeaseOneAsync()).EnqueuedAt.ShouldBe(first);
    }

    [Fact]
    public async Task A_replayed_message_is_not_expired_again_at_once()
    {
        await EnqueueAsync(Message("a") with { ExpiresAt = Now.AddMinutes(1) });
        await AdvanceAsync(TimeSpan.FromMinutes(2));
        await NothingIsDueAsync();
        await DeadLetters.ReplayAsync([(await DeadLetters.SummariesAsync(long.MaxValue, 1, BrowseOrder.Descending, default))[0].Sequence], ReplayChanges.None, default);
        (await LeaseAsync(1)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Fault_51_a_spent_message_at_the_head_hides_nobody()
    {
        await EnqueueAsync("poison");
        for (var i = 0; i < 3; i++) await (await LeaseOneAsync()).AbandonAsync(default);
        await AdvanceAsync(TimeSpan.FromSeconds(1));
        await EnqueueAsync("neighbour");
        Ids(await Queue.ReceiveAsync(1, TimeSpan.Zero, default)).ShouldBe(["neighbour"]);
    }

    [Fact]
    public async Task Fault_20_damage_while_running_is_told_as_unavailable()
    {
        var queue = _harness.OpenSqlite(Settings with { RealClock = true });
        for (var i = 0; i < 20; i++) await queue.EnqueueAsync([Message($"m{i}", new string('x', 8000))], default);
        using (var raw = RawFile.Connect(_harness.Path)) raw.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
        using (var file = File.OpenWrite(_harness.Path)) { for (var p = 0; p < file.Length; p += 4096) { file.Position = p; file.Write(new byte[4096]); } }
        using (var raw = File.OpenWrite(_harness.Path + "-wal")) { }
        Exception? caught = null;
        try { for (var i = 0; i < 5; i++) await queue.ReceiveAsync(1, TimeSpan.FromMilliseconds(300), default).WaitAsync(TimeSpan.FromSeconds(20)); await queue.EnqueueAsync([Message("x", new string('x', 80000))], default); } catch (Exception e) { caught = e; }
        caught.ShouldBeOfType<QueueUnavailableException>();
    }

    [Theory]
    [InlineData("UPDATE messages SET enqueued_at = 9223372036854775807 WHERE message_id = 'bad'")]
    [InlineData("UPDATE contents SET body = 'text' WHERE content_id = 1")]
    public async Task Fault_51_one_unreadable_row_does_not_take_its_neighbours_along(string sql)
    {
        await EnqueueAsync("bad", "neighbour1", "neighbour2");
        RawFile.Execute(_harness.Path, sql);
        foreach (var lease in await Queue.ReceiveAsync(10, TimeSpan.Zero, default))
            if (lease.Message.MessageId != "bad") await lease.CompleteAsync(default);

        var counts = await Queue.CountAsync(default);
        (counts.Active + counts.Locked).ShouldBe(1);
        await LocksRunOutAsync();
        Ids(await Queue.ReceiveAsync(10, TimeSpan.Zero, default)).ShouldBe(["bad"]);
        (await DeadLetters.CountAsync(default)).ShouldBe(0);
    }

    [Fact]
    public async Task A_lock_lasts_its_duration_from_when_the_message_is_leased()
    {
        using var queue = _harness.OpenSqlite(Settings);
        await queue.EnqueueAsync([Message("a")], default);
        using var proceed = new ManualResetEventSlim();
        var held = queue.WriteAsync((_, _) => proceed.Wait(Patience));
        var receiving = queue.ReceiveAsync(1, TimeSpan.Zero, default);
        _harness.Clock.Advance(Settings.LockDuration + TimeSpan.FromSeconds(1)); // The writer waited for another process's lock so long.
        proceed.Set();
        await held;
        var lease = (await receiving).ShouldHaveSingleItem();
        await lease.CompleteAsync(default);
    }
}
