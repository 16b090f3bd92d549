using System.Text;
using Posthorn.ContractTests.Queues;
using Posthorn.Queues;
using Posthorn.Sqlite;

namespace Posthorn.ContractTests.Sqlite;

/// <summary>The one writer: who fails, fails alone, and what fails half-way did not happen.</summary>
public sealed class SqliteGroupCommitTests : QueueFacts
{
    private readonly SqliteQueueHarness _harness = new();

    [Fact]
    public async Task Many_enqueues_at_once_are_all_accepted()
    {
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 3000).Select(i => EnqueueAsync($"m{i}"))).WaitAsync(Patience);

        outcomes.ShouldAllBe(outcome => outcome[0] == EnqueueOutcome.Accepted);
        (await Queue.CountAsync(default)).Active.ShouldBe(3000);
    }

    [Theory]
    [InlineData(300, 0)] // They go into one commit, in which nobody else sees anything yet.
    [InlineData(500, 500)]
    [InlineData(2000, 2000)]
    public async Task A_large_batch_is_committed_before_its_neighbour_is_begun(int messages, long committed)
    {
        var queue = _harness.OpenSqlite(Settings);
        using var proceed = new ManualResetEventSlim();
        var held = queue.WriteAsync((_, _) => proceed.Wait(Patience));
        var batch = queue.EnqueueAsync([.. Enumerable.Range(0, messages).Select(i => Message($"m{i}"))], default);
        var neighbour = queue.WriteAsync((_, _) => RawFile.Read(_harness.Path, "SELECT count(*) FROM messages"), rows: 200);
        proceed.Set();

        await held.WaitAsync(Patience);
        (await batch.WaitAsync(Patience)).Count.ShouldBe(messages);
        (await neighbour.WaitAsync(Patience)).ShouldBe(committed);
    }

    [Fact]
    public async Task Work_that_fails_does_not_fail_its_neighbours()
    {
        var queue = _harness.OpenSqlite(Settings);
        using var proceed = new ManualResetEventSlim();
        var held = queue.WriteAsync((_, _) => proceed.Wait(Patience));
        var before = queue.EnqueueAsync([Message("before")], default);
        var failing = queue.WriteAsync<int>((file, now) =>
        {
            file.Insert([Message("half done")], ["{}"u8.ToArray()], now);
            throw new InvalidOperationException("on purpose");
        });
        var after = queue.EnqueueAsync([Message("after")], default);
        proceed.Set();

        (await held.WaitAsync(Patience)).ShouldBeTrue();
        (await Should.ThrowAsync<InvalidOperationException>(() => failing.WaitAsync(Patience))).Message.ShouldBe("on purpose");
        (await before.WaitAsync(Patience)).ShouldBe([EnqueueOutcome.Accepted]);
        (await after.WaitAsync(Patience)).ShouldBe([EnqueueOutcome.Accepted]);
        Ids(await LeaseAsync(queue, 9)).ShouldBe(["before", "after"]);
    }

    [Fact]
    public async Task Of_completions_that_share_a_commit_each_is_told_of_its_own_lock()
    {
        var queue = _harness.OpenSqlite(Settings);
        await EnqueueAsync([.. Enumerable.Range(0, 40).Select(i => $"m{i}")]);
        var first = await LeaseAsync(queue, 20);
        await LocksRunOutAsync();
        var again = (await LeaseAsync(queue, 40)).ToDictionary(lease => lease.Message.MessageId);
        using var proceed = new ManualResetEventSlim();
        var held = queue.WriteAsync((_, _) => proceed.Wait(Patience));
        var lost = first.ConvertAll(lease => lease.CompleteAsync(default));
        var done = again.Values.Skip(5).Select(lease => lease.CompleteAsync(default)).ToList();
        var twice = again.Values.Skip(5).Select(lease => lease.CompleteAsync(default)).ToList();
        proceed.Set();

        await held.WaitAsync(Patience);
        foreach (var late in lost) await Should.ThrowAsync<LockLostException>(() => late.WaitAsync(Patience));
        var outcomes = await Task.WhenAll(done.Zip(twice, async (one, other) => new[] { await IsHeldAsync(one), await IsHeldAsync(other) }));
        outcomes.ShouldAllBe(pair => pair.Count(isHeld => isHeld) == 1);
        (await queue.CountAsync(default)).Locked.ShouldBe(5);
        foreach (var lease in again.Values.Take(5)) await lease.CompleteAsync(default);
        RawFile.Read(_harness.Path, "SELECT count(*) FROM contents").ShouldBe(0L);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(100)]
    public async Task A_batch_goes_out_in_its_order_each_with_its_own_body(int messages)
    {
        var queue = _harness.OpenSqlite(Settings);
        var batch = Enumerable.Range(0, messages).Select(i => Message($"m{i}") with { Body = Encoding.UTF8.GetBytes($"body {i}"), OrderingKey = i % 10 == 9 ? $"key {i}" : null }).ToList();

        var outcomes = await queue.EnqueueAsync([batch[^1], .. batch], default);

        outcomes.ShouldBe([EnqueueOutcome.Accepted, .. Enumerable.Repeat(EnqueueOutcome.Accepted, messages - 1), EnqueueOutcome.Duplicate]);
        var leases = await LeaseAsync(queue, messages);
        leases.ConvertAll(lease => lease.SequenceNumber).ShouldBe(Enumerable.Range(1, messages).Select(number => (long)number));
        leases.ConvertAll(lease => Encoding.UTF8.GetString(lease.Message.Body.Span)).ShouldBe([$"body {messages - 1}", .. Enumerable.Range(0, messages - 1).Select(i => $"body {i}")]);
        (await queue.EnqueueAsync(batch, default)).ShouldAllBe(outcome => outcome == EnqueueOutcome.Duplicate);
    }

    [Fact]
    public async Task Work_is_done_once_though_a_neighbour_fails()
    {
        var queue = _harness.OpenSqlite(Settings);
        await EnqueueAsync([.. Enumerable.Range(0, 30).Select(i => $"m{i}")]);
        var leases = await LeaseAsync(queue, 30);
        using var proceed = new ManualResetEventSlim();
        var held = queue.WriteAsync((_, _) => proceed.Wait(Patience));
        var settled = leases.ConvertAll(lease => lease.RetryAsync(Now, Attempt(1), default));
        var failing = queue.WriteAsync<int>((_, _) => throw new InvalidOperationException("on purpose"));
        proceed.Set();

        await held.WaitAsync(Patience);
        await Task.WhenAll(settled).WaitAsync(Patience);
        await Should.ThrowAsync<InvalidOperationException>(() => failing.WaitAsync(Patience));
        var again = await LeaseAsync(queue, 100);
        again.Count.ShouldBe(30);
        again.ShouldAllBe(lease => lease.Progress.AttemptsMade == 1);
    }

    [Fact]
    public async Task Fault_4_a_retry_that_is_cut_short_leaves_the_one_copy_as_it_was()
    {
        var (queue, token, row) = await LeaseByHandAsync();

        await CutShortAsync(queue, (file, now) => file.Retry(row.Sequence, token, now, now + 1000, 1, "[]"));

        var counts = await queue.CountAsync(default);
        (counts.Active, counts.Scheduled, counts.Locked, counts.Dead).ShouldBe((0, 0, 1, 0));
        await LocksRunOutAsync();
        (await LeaseAsync(queue, 9)).ShouldHaveSingleItem().Progress.AttemptsMade.ShouldBe(0);
    }

    [Fact]
    public async Task Fault_5_a_dead_lettering_that_is_cut_short_leaves_the_message_on_the_queue_only()
    {
        var (queue, token, row) = await LeaseByHandAsync();

        await CutShortAsync(queue, (file, now) => file.DeadLetters.Bury(row, token, new Death(now, DeadLetterReason.PermanentFailure, "404", DeliveryProgress.None), facts: null));

        (await queue.DeadLetters.CountAsync(default)).ShouldBe(0);
        await LocksRunOutAsync();
        (await LeaseAsync(queue, 9)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Fault_6_a_replay_that_is_cut_short_can_be_run_again_and_adds_one_copy()
    {
        var queue = _harness.OpenSqlite(Settings);
        await BuryAsync("a");
        var sequence = (await queue.DeadLetters.SummariesAsync(long.MaxValue, 1, BrowseOrder.Descending, default))[0].Sequence;

        await CutShortAsync(queue, (file, now) => file.Replay(sequence, ReplayChanges.None, "{}", now));

        await NothingIsDueAsync();
        (await queue.DeadLetters.ReplayAsync([sequence], ReplayChanges.None, default)).ShouldBe([sequence]);
        (await LeaseAsync(queue, 9)).ShouldHaveSingleItem().Progress.Replays.ShouldBe(1);
    }

    [Fact]
    public async Task A_replay_of_another_message_that_is_cut_short_leaves_the_dead_letter_as_it_was()
    {
        var queue = _harness.OpenSqlite(Settings);
        await BuryAsync(DeadMail.Envelope("a"));
        var before = await TheDeadLetterAsync();

        await CutShortAsync(queue, (file, now) => file.Replay(before.Sequence, new ReplayChanges { Instead = Message("a", "edited") }, "{}", now));

        await NothingIsDueAsync();
        await ShouldBeAsync(before);
    }

    [Fact]
    public async Task An_import_that_is_cut_short_adds_nothing_and_can_be_run_again()
    {
        var queue = _harness.OpenSqlite(Settings);
        await BuryAsync(DeadMail.Envelope("a"), DeadMail.Envelope("b"));
        var letters = await queue.DeadLetters.BrowseAsync(0, 10, default);
        await queue.DeadLetters.PurgeAsync([.. letters.Select(letter => letter.Sequence)], default);

        await CutShortAsync(queue, (file, _) => file.DeadLetters.Import(letters).All(added => added));

        RawFile.Read(_harness.Path, "SELECT (SELECT count(*) FROM dead_letters) + (SELECT count(*) FROM dead_letter_histories) + (SELECT count(*) FROM contents)").ShouldBe(0L);
        (await queue.DeadLetters.ImportAsync(letters, default)).ShouldBe([true, true]);
        (await queue.DeadLetters.CountAsync(default)).ShouldBe(2);
    }

    [Fact]
    public async Task A_purge_that_is_cut_short_leaves_the_dead_letter_as_it_was_and_can_be_run_again()
    {
        var queue = _harness.OpenSqlite(Settings);
        await BuryAsync(DeadMail.Envelope("a"));
        var before = await TheDeadLetterAsync();

        await CutShortAsync(queue, (file, _) => file.DeadLetters.Purge(before.Sequence));

        await ShouldBeAsync(before);
        (await queue.DeadLetters.PurgeAsync([before.Sequence], default)).ShouldBe(1);
        RawFile.Read(_harness.Path, "SELECT (SELECT count(*) FROM dead_letters) + (SELECT count(*) FROM dead_letter_histories) + (SELECT count(*) FROM contents)").ShouldBe(0L);
    }

    protected override QueueHarness NewHarness() => _harness;

    /// <summary>Whether the one dead letter is this one, with all that it holds.</summary>
    private async Task ShouldBeAsync(DeadLetter before)
    {
        var letter = await TheDeadLetterAsync();
        (letter.Sequence, letter.Description, letter.Message.MessageId).ShouldBe((before.Sequence, before.Description, before.Message.MessageId));
        letter.Message.Body.ToArray().ShouldBe(before.Message.Body.ToArray());
        letter.Message.Properties.ShouldBe(before.Message.Properties, ignoreOrder: true);
        letter.Progress.Attempts.ShouldBe(before.Progress.Attempts);
    }

    private static async Task<bool> IsHeldAsync(Task completion)
    {
        try
        {
            await completion.WaitAsync(Patience);
            return true;
        }
        catch (LockLostException)
        {
            return false;
        }
    }

    private async Task<(SqliteQueue Queue, long Token, LeasedRow Row)> LeaseByHandAsync()
    {
        const long Token = 4711;
        var queue = _harness.OpenSqlite(Settings);
        await EnqueueAsync("a");
        var until = (long)(Now + Settings.LockDuration - DateTimeOffset.UnixEpoch).TotalMilliseconds;
        var leased = await queue.WriteAsync((file, now) => file.Lease(Token, until, now, 1, 0));
        return (queue, Token, leased.ShouldHaveSingleItem());
    }

    /// <summary>Does the change and then fails, before the commit.</summary>
    private static async Task CutShortAsync(SqliteQueue queue, Func<QueueStatements, long, bool> change)
    {
        var done = false;
        await Should.ThrowAsync<InvalidOperationException>(() => queue.WriteAsync<bool>((file, now) =>
        {
            done = change(file, now);
            throw new InvalidOperationException("cut short");
        }));
        done.ShouldBeTrue();
    }
}
