using System.Diagnostics;
using Posthorn.ContractTests.Stores;
using Posthorn.Queues;
using Posthorn.Sqlite;
using Posthorn.Stores;

namespace Posthorn.ContractTests.Sqlite;

/// <summary>The stores' file: what is opened, what is refused, and what happens when it cannot be written.</summary>
public sealed class SqliteStoreFileTests : StoreFacts
{
    private readonly SqliteStoreHarness _harness = new();

    [Fact]
    public async Task The_files_are_their_owner_s_alone()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no file modes.");
        await WriteAsync(ADelivery("a"));

        foreach (var file in new[] { _harness.Path, _harness.Path + "-wal" })
            (OperatingSystem.IsWindows() ? default : File.GetUnixFileMode(file)).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Fact]
    public void The_stores_are_named_by_their_full_path() => Stores.Name.ShouldBe(_harness.Path);

    [Fact]
    public async Task A_queue_s_file_is_refused_and_left_as_it_is()
    {
        using var folder = new TemporaryFolder();
        var options = new SqliteQueueOptions { Path = folder.File("queue.db") };
        using (var queue = SqliteQueue.Open(options, TimeProvider.System)) await queue.EnqueueAsync([new QueueMessage { MessageId = "a", Body = default }], default);

        TheRefusal(options.Path).Problem.ShouldBe("the file is a Posthorn queue; choose another path");

        using var again = SqliteQueue.Open(options, TimeProvider.System);
        (await again.CountAsync(default)).Active.ShouldBe(1);
    }

    [Fact]
    public void A_queue_refuses_the_stores_file()
    {
        var refusal = Should.Throw<QueueFileException>(() => SqliteQueue.Open(new SqliteQueueOptions { Path = _harness.Path }, TimeProvider.System).Dispose());

        refusal.Problem.ShouldBe("the file is a Posthorn store; choose another path");
    }

    [Fact]
    public void The_queue_and_the_stores_have_each_their_own_tables()
    {
        const string Tables = "SELECT group_concat(name) FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'";
        using var folder = new TemporaryFolder();
        SqliteQueue.Open(new SqliteQueueOptions { Path = folder.File("queue.db") }, TimeProvider.System).Dispose();

        var stores = $"{RawFile.Read(_harness.Path, Tables)}".Split(',');
        var queue = $"{RawFile.Read(folder.File("queue.db"), Tables)}".Split(',');

        stores.ShouldContain("dead_letter_runs");
        queue.ShouldNotBeEmpty();
        stores.Intersect(queue, StringComparer.Ordinal).ShouldBeEmpty();
    }

    [Fact]
    public void The_database_of_another_program_is_refused()
    {
        using var folder = new TemporaryFolder();
        RawFile.Execute(folder.File("theirs.db"), "CREATE TABLE customers (name TEXT); INSERT INTO customers VALUES ('Anna')");

        TheRefusal(folder.File("theirs.db")).Problem.ShouldContain("another program");

        RawFile.Read(folder.File("theirs.db"), "SELECT name FROM customers").ShouldBe("Anna");
    }

    [Fact]
    public async Task A_file_that_is_text_is_refused_and_left_as_it_is()
    {
        using var folder = new TemporaryFolder();
        var text = string.Concat(Enumerable.Repeat("These are my notes, not a store.\n", 200));
        await File.WriteAllTextAsync(folder.File("notes.txt"), text);

        TheRefusal(folder.File("notes.txt")).Problem.ShouldContain("not a Posthorn store");

        (await File.ReadAllTextAsync(folder.File("notes.txt"))).ShouldBe(text);
    }

    [Fact]
    public async Task A_file_with_damaged_pages_is_refused()
    {
        await WriteAsync([.. Enumerable.Range(0, 500).Select(i => ADelivery($"evt_{i}"))]);
        await _harness.CloseAsync();
        var bytes = await File.ReadAllBytesAsync(_harness.Path);
        for (var page = 4096; page < bytes.Length; page += 4096) bytes.AsSpan(page, 2048).Fill(0xA5);
        await File.WriteAllBytesAsync(_harness.Path, bytes);

        TheRefusal(_harness.Path).Problem.ShouldContain("damaged");
    }

    [Fact]
    public async Task A_file_of_a_newer_schema_is_refused()
    {
        await _harness.CloseAsync();
        RawFile.Execute(_harness.Path, "PRAGMA user_version = 999");

        TheRefusal(_harness.Path).Problem.ShouldContain("newer Posthorn (schema 999");
    }

    [Fact]
    public void A_folder_that_may_not_be_written_is_refused()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Elsewhere a folder is locked in other ways.");
        using var folder = new TemporaryFolder();
        var locked = Directory.CreateDirectory(folder.File("locked"));
        if (OperatingSystem.IsLinux()) locked.UnixFileMode = UnixFileMode.UserRead | UnixFileMode.UserExecute;

        // For root no folder is locked but the kernel's own.
        var path = Environment.UserName == "root" ? "/proc/stores.db" : Path.Combine(locked.FullName, "stores.db");

        TheRefusal(path).Problem.ShouldNotBeEmpty();
    }

    [Fact]
    public void A_folder_that_cannot_be_made_is_refused()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("a"), "a file");

        TheRefusal(folder.File("a/stores.db")).Problem.ShouldNotBeEmpty();
    }

    [Fact]
    public async Task A_write_lock_held_too_long_by_another_is_an_error_and_reading_goes_on()
    {
        await Stores.Endpoints.AddAsync(AnEndpoint("wh_1"), default);
        using var other = RawFile.Connect(_harness.Path);
        other.Execute("BEGIN IMMEDIATE");
        var clock = Stopwatch.StartNew();

        var busy = await Should.ThrowAsync<StoreUnavailableException>(() => WriteAsync(ADelivery("a")).WaitAsync(Patience));

        busy.Message.ShouldBe("another process holds the file's write lock");
        clock.Elapsed.ShouldBeGreaterThan(TimeSpan.FromSeconds(1));
        (await Stores.Endpoints.FindAsync("wh_1", default)).ShouldNotBeNull();
        other.Execute("ROLLBACK");
        await WriteAsync(ADelivery("a"));
    }

    [Fact]
    public async Task A_caller_is_not_held_up_while_the_file_is()
    {
        using var other = RawFile.Connect(_harness.Path);
        other.Execute("BEGIN IMMEDIATE");
        var clock = Stopwatch.StartNew();

        var writing = WriteAsync(ADelivery("a"));

        clock.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(1));
        other.Execute("COMMIT");
        await writing.WaitAsync(Patience);
    }

    protected override StoreHarness NewHarness() => _harness;

    private static StoreFileException TheRefusal(string path)
    {
        var refusal = Should.Throw<StoreFileException>(() => SqliteStores.Open(path));
        refusal.Message.ShouldStartWith(path);
        refusal.Message.ShouldNotContain("\n");
        return refusal;
    }
}
