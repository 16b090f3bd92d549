using System.Diagnostics;
using Microsoft.Data.Sqlite;
using Posthorn.ContractTests.Queues;
using Posthorn.Queues;
using Posthorn.Sqlite;

namespace Posthorn.ContractTests.Sqlite;

/// <summary>A file that cannot be written now: the caller is told, nothing is half done, and it goes on afterwards.</summary>
public sealed class SqliteUnavailableTests : QueueFacts
{
    private readonly SqliteQueueHarness _harness = new();

    [Fact]
    public async Task Fault_17_on_a_full_disk_a_message_is_refused_and_leases_in_flight_survive()
    {
        var queue = _harness.OpenSqlite(Settings);
        await queue.EnqueueAsync([Message("in flight"), Message("waiting")], default);
        var lease = (await LeaseAsync(queue, 1)).ShouldHaveSingleItem();
        await LimitAsync(queue, pages: 1); // SQLite takes the present size when that is larger: not one page more.
        var large = new string('x', 500_000);

        var full = await Should.ThrowAsync<QueueUnavailableException>(() => queue.EnqueueAsync([Message("small"), Message("large", large)], default));

        full.Message.ShouldBe("the disk is full");
        await lease.CompleteAsync(default);
        var counts = await queue.CountAsync(default);
        (counts.Active, counts.Locked).ShouldBe((1, 0));

        await LimitAsync(queue, pages: 1_000_000);
        (await queue.EnqueueAsync([Message("small"), Message("large", large)], default)).ShouldBe([EnqueueOutcome.Accepted, EnqueueOutcome.Accepted]);
        Ids(await LeaseAsync(queue, 9)).ShouldBe(["waiting", "small", "large"]);
    }

    [Fact]
    public async Task Fault_17_of_many_at_once_only_what_does_not_fit_is_refused()
    {
        var queue = _harness.OpenSqlite(Settings);
        await queue.EnqueueAsync([Message("room", new string('x', 200_000))], default);
        await (await LeaseAsync(queue, 1))[0].CompleteAsync(default); // Its pages are free now, and small messages fit there.
        await LimitAsync(queue, pages: 1);

        var (entered, proceed, held) = HoldWriter(queue);
        await entered;
        var large = queue.EnqueueAsync([Message("large", new string('x', 900_000))], default);
        var small = Enumerable.Range(0, 20).Select(i => queue.EnqueueAsync([Message($"small{i}")], default)).ToList();
        proceed.Set();
        await held.WaitAsync(Patience);

        await Should.ThrowAsync<QueueUnavailableException>(() => large.WaitAsync(Patience));
        (await Task.WhenAll(small).WaitAsync(Patience)).ShouldAllBe(outcomes => outcomes[0] == EnqueueOutcome.Accepted);
        (await LeaseAsync(queue, 100)).Count.ShouldBe(20);
    }

    [Fact]
    public async Task Fault_18_a_write_lock_held_too_long_by_another_is_an_error_and_not_a_hang()
    {
        await EnqueueAsync("before");
        var lease = await LeaseOneAsync();
        using var other = RawFile.Connect(_harness.Path);
        other.Execute("BEGIN IMMEDIATE");
        var clock = Stopwatch.StartNew();

        var busy = await Should.ThrowAsync<QueueUnavailableException>(() => EnqueueAsync("refused").WaitAsync(Patience));

        busy.Message.ShouldBe("another process holds the file's write lock");
        busy.InnerException.ShouldBeOfType<SqliteException>();
        clock.Elapsed.ShouldBeGreaterThan(TimeSpan.FromSeconds(1));
        (await Queue.CountAsync(default)).Locked.ShouldBe(1); // Reading needs no lock.

        other.Execute("ROLLBACK");
        (await EnqueueAsync("after")).ShouldBe([EnqueueOutcome.Accepted]);
        await lease.CompleteAsync(default);
        Ids(await LeaseAsync(9)).ShouldBe(["after"]);
    }

    [Fact]
    public async Task Fault_18_a_short_write_lock_of_another_is_waited_for()
    {
        using var other = RawFile.Connect(_harness.Path);
        other.Execute("BEGIN IMMEDIATE");
        var waiting = EnqueueAsync("a");
        await Task.WhenAny(waiting, Task.Delay(300));
        waiting.IsCompleted.ShouldBeFalse();

        other.Execute("COMMIT");

        (await waiting.WaitAsync(Patience)).ShouldBe([EnqueueOutcome.Accepted]);
    }

    [Fact]
    public async Task A_closed_queue_says_so()
    {
        _harness.Close();

        (await Should.ThrowAsync<QueueUnavailableException>(() => EnqueueAsync("a"))).Message.ShouldBe("the queue is closed");
    }

    protected override QueueHarness NewHarness() => _harness;

    private static Task LimitAsync(SqliteQueue queue, int pages) => queue.WriteAsync((file, _) => file.Read($"PRAGMA max_page_count = {pages}"));

    /// <summary>Keeps the writer busy, so that what is asked for meanwhile goes into one commit.</summary>
    private static (Task Entered, ManualResetEventSlim Proceed, Task Held) HoldWriter(SqliteQueue queue)
    {
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var proceed = new ManualResetEventSlim();
        var held = queue.WriteAsync((_, _) =>
        {
            entered.TrySetResult();
            return proceed.Wait(Patience);
        });
        return (entered.Task, proceed, held);
    }
}
