using System.Text;
using Posthorn.ContractTests.Queues;
using Posthorn.Queues;
using Posthorn.Sqlite;

namespace Posthorn.ContractTests.Sqlite;

/// <summary>The file: what is opened, what is refused, and what is still there afterwards.</summary>
public sealed class SqliteFileTests : QueueFacts
{
    private readonly SqliteQueueHarness _harness = new();

    [Fact]
    public async Task The_queue_s_files_are_their_owner_s_alone()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no file modes.");
        await EnqueueAsync("a");

        foreach (var file in new[] { _harness.Path, _harness.Path + "-wal" })
            (OperatingSystem.IsWindows() ? default : File.GetUnixFileMode(file)).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Fact]
    public async Task A_new_file_has_pages_of_8_KiB_and_an_older_one_keeps_its_own()
    {
        await EnqueueAsync("a");
        ReadFile("PRAGMA page_size").ShouldBe(8192L);

        _harness.Close();
        RawFile.MakeOld(_harness.Path, 1);
        await _harness.OpenSqlite(Settings).EnqueueAsync([Message("a")], default);
        ReadFile("PRAGMA page_size").ShouldBe(4096L);
    }

    [Fact]
    public async Task Reopening_finds_everything()
    {
        await BuryAsync("dead");
        await EnqueueAsync("retried");
        await (await LeaseOneAsync()).RetryAsync(Now.AddMinutes(1), Attempt(1), default);
        await EnqueueAsync("leased");
        await LeaseOneAsync();
        await EnqueueAsync(Message("active", "ünï"), Message("later") with { DueAt = Now.AddMinutes(2) });
        var before = await Queue.CountAsync(default);
        _harness.Close();

        var queue = _harness.OpenSqlite(Settings);

        (await queue.CountAsync(default)).ShouldBe(before);
        (await queue.EnqueueAsync([Message("retried")], default)).ShouldBe([EnqueueOutcome.Duplicate]);
        (await queue.DeadLetters.BrowseAsync(0, 10, default)).ShouldHaveSingleItem().Description.ShouldBe("dead is dead");
        await AdvanceAsync(TimeSpan.FromMinutes(3));
        var leases = await LeaseAsync(queue, 10);
        Ids(leases).ShouldBe(["retried", "leased", "active", "later"], ignoreOrder: true);
        leases.Single(lease => lease.Message.MessageId == "leased").DeliveryCount.ShouldBe(2);
        leases.Single(lease => lease.Message.MessageId == "retried").Progress.Attempts.ShouldHaveSingleItem().ShouldBe(Attempt(1) with { At = leases[0].EnqueuedAt });
        leases.Single(lease => lease.Message.MessageId == "active").Message.Body.ToArray().ShouldBe(Encoding.UTF8.GetBytes("ünï"));
    }

    [Fact]
    public async Task Of_messages_that_are_done_no_content_stays_in_the_file()
    {
        await EnqueueAsync("completed", "retried", "purged", "replayed");
        var leases = await LeaseAsync(4);
        await leases[0].CompleteAsync(default);
        await leases[1].RetryAsync(Now, Attempt(1), default);
        await leases[2].DeadLetterAsync(DeadLetterReason.PermanentFailure, "404", null, default);
        await leases[3].DeadLetterAsync(DeadLetterReason.PermanentFailure, "404", null, default);
        var letters = await DeadLetters.BrowseAsync(0, 10, default);
        await DeadLetters.PurgeAsync([letters[0].Sequence], default);
        await DeadLetters.ReplayAsync([letters[1].Sequence], ReplayChanges.None, default);
        ReadFile("SELECT count(*) FROM contents").ShouldBe(2L);

        foreach (var lease in await LeaseAsync(4)) await lease.CompleteAsync(default);

        ReadFile("SELECT (SELECT count(*) FROM contents) + (SELECT count(*) FROM messages) + (SELECT count(*) FROM dead_letters)").ShouldBe(0L);
    }

    [Fact]
    public async Task The_folder_of_the_file_is_made()
    {
        _harness.Close();
        using var folder = new TemporaryFolder();
        using var queue = SqliteQueue.Open(new SqliteQueueOptions { Path = folder.File("a/b/queue.db") }, _harness.Clock);

        (await queue.EnqueueAsync([Message("a")], default)).ShouldBe([EnqueueOutcome.Accepted]);
    }

    [Fact]
    public void Instances_that_start_at_once_on_a_new_file_all_open()
    {
        using var folder = new TemporaryFolder();
        for (var round = 0; round < 5; round++)
        {
            var options = new SqliteQueueOptions { Path = folder.File($"new{round}.db") };
            var queues = new SqliteQueue[4];
            using var start = new Barrier(queues.Length);
            var threads = queues.Select((_, i) => Task.Factory.StartNew(
                () =>
                {
                    start.SignalAndWait(Patience);
                    queues[i] = SqliteQueue.Open(options, TimeProvider.System);
                },
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default)).ToArray();
            Should.NotThrow(() => Task.WaitAll(threads, Patience)).ShouldBeTrue();
            foreach (var queue in queues) queue.Dispose();
        }
    }

    [Fact]
    public async Task Fault_19_the_writer_commits_with_synchronous_full_in_a_write_ahead_log()
    {
        var queue = _harness.OpenSqlite(Settings);

        var (synchronous, journal) = await queue.WriteAsync((file, _) => (file.Read("PRAGMA synchronous"), file.Read("PRAGMA journal_mode")));

        (synchronous, journal).ShouldBe((2L, "wal")); // 2 is FULL: the log is flushed at every commit.
    }

    [Fact]
    public async Task Fault_20_a_file_with_damaged_pages_is_refused()
    {
        await FillAsync();
        var bytes = await File.ReadAllBytesAsync(_harness.Path);
        for (var page = 4096; page < bytes.Length; page += 4096) bytes.AsSpan(page, Math.Min(2048, bytes.Length - page)).Fill(0xA5);
        await File.WriteAllBytesAsync(_harness.Path, bytes);

        TheRefusal().Problem.ShouldContain("damaged");
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.9)]
    public async Task Fault_20_a_truncated_file_is_refused(double share)
    {
        await FillAsync();
        using (var file = File.OpenWrite(_harness.Path)) file.SetLength((long)(file.Length * share));

        TheRefusal().Problem.ShouldContain("damaged");
    }

    [Fact]
    public async Task Fault_20_a_file_cut_within_its_first_page_is_refused()
    {
        await FillAsync();
        using (var file = File.OpenWrite(_harness.Path)) file.SetLength(700);

        TheRefusal().Problem.ShouldContain("damaged");
    }

    [Fact]
    public async Task Fault_20_a_file_that_is_text_is_refused_and_left_as_it_is()
    {
        _harness.Close();
        var text = string.Concat(Enumerable.Repeat("These are my notes, not a queue.\n", 200));
        DeleteFile();
        await File.WriteAllTextAsync(_harness.Path, text);

        TheRefusal().Problem.ShouldContain("not a Posthorn queue");

        (await File.ReadAllTextAsync(_harness.Path)).ShouldBe(text);
    }

    [Fact]
    public void Fault_20_the_database_of_another_program_is_refused()
    {
        _harness.Close();
        DeleteFile();
        Tamper("CREATE TABLE customers (name TEXT); INSERT INTO customers VALUES ('Anna')");

        TheRefusal().Problem.ShouldContain("another program");

        ReadFile("SELECT name FROM customers").ShouldBe("Anna");
    }

    [Fact]
    public void Fault_20_a_file_of_a_newer_schema_is_refused()
    {
        _harness.Close();
        Tamper("PRAGMA user_version = 999");

        TheRefusal().Problem.ShouldContain("newer Posthorn (schema 999");
    }

    [Fact]
    public void Fault_20_a_folder_in_place_of_the_file_is_refused()
    {
        _harness.Close();
        DeleteFile();
        Directory.CreateDirectory(_harness.Path);

        TheRefusal().Problem.ShouldContain("cannot be opened");
    }

    protected override QueueHarness NewHarness() => _harness;

    private async Task FillAsync()
    {
        for (var i = 0; i < 20; i++) await EnqueueAsync(Message($"m{i}", new string((char)('a' + i), 8000)));
        _harness.Close();
    }

    private QueueFileException TheRefusal()
    {
        var refusal = Should.Throw<QueueFileException>(() => _harness.OpenSqlite(Settings));
        refusal.Message.ShouldStartWith(_harness.Path);
        refusal.Message.ShouldNotContain("\n");
        return refusal;
    }

    private void DeleteFile() => File.Delete(_harness.Path);

    private void Tamper(string sql) => RawFile.Execute(_harness.Path, sql);

    private object? ReadFile(string sql) => RawFile.Read(_harness.Path, sql);
}
