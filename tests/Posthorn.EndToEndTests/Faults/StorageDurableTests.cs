using Posthorn.Sqlite;

namespace Posthorn.EndToEndTests.Faults;

/// <summary>What was answered with 202 is in the files, and a file that is no longer whole is not opened.</summary>
public sealed class StorageDurableTests : IAsyncLifetime
{
    private static readonly Uri Nowhere = new("http://127.0.0.1:9/hook");
    private readonly Harness _harness = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Fact]
    public async Task Fault_19_what_was_accepted_is_in_the_files_at_the_moment_of_the_202()
    {
        var worker = await _harness.StartWorkerAsync();
        var ids = Envelopes.Ids("evt", 20);

        await _harness.AcceptAsync([.. ids.Select(id => Envelopes.Of(id, Nowhere))]);
        await worker.KillAsync();

        var elsewhere = Path.Combine(_harness.Folder, "elsewhere.db"); // Without the shared memory beside it, as after a power cut.
        File.Copy(_harness.QueueFile, elsewhere);
        File.Copy(_harness.QueueFile + "-wal", elsewhere + "-wal");
        using var queue = SqliteQueue.Open(new SqliteQueueOptions { Path = elsewhere }, new LateClock());
        var leases = await queue.ReceiveAsync(100, 100, TimeSpan.Zero, CancellationToken.None);
        leases.Select(lease => lease.Message.MessageId).ShouldBe(ids, ignoreOrder: true);
    }

    [Theory]
    [InlineData(nameof(Overwrite))]
    [InlineData(nameof(CutInHalf))]
    public async Task Fault_20_a_damaged_file_is_refused_in_one_line_left_as_it_is_and_its_backup_delivers(string damage)
    {
        await using var receiver = new RawReceiver();
        await _harness.PutAsync([.. Envelopes.Ids("evt", 40).Select(id => Envelopes.Of(id, receiver.Url(), data: $"\"{new string('x', 5000)}\""))]);
        var whole = await File.ReadAllBytesAsync(_harness.QueueFile);
        var damaged = damage == nameof(Overwrite) ? Overwrite(whole) : CutInHalf(whole);
        await File.WriteAllBytesAsync(_harness.QueueFile, damaged);

        var run = await _harness.RunAsync("serve", $"--api:url=http://127.0.0.1:{_harness.ApiPort}");

        run.ExitCode.ShouldBe(2, run.Everything());
        run.Errors.TrimEnd().Split('\n').ShouldHaveSingleItem().ShouldStartWith($"posthorn: queue:sqlite:path: '{_harness.QueueFile}' cannot be used: the file is damaged");
        (await File.ReadAllBytesAsync(_harness.QueueFile)).ShouldBe(damaged);
        await File.WriteAllBytesAsync(_harness.QueueFile, whole);
        await _harness.StartWorkerAsync();
        await _harness.UntilQueueIsEmptyAsync();
        receiver.Requests.Count.ShouldBe(40);
    }

    [Fact]
    public async Task Fault_20_a_worker_that_was_killed_while_it_made_its_file_leaves_one_that_can_be_used()
    {
        await using var receiver = new RawReceiver();
        await _harness.DieAtAsync(QueuePoints.Migrating);

        await _harness.StartWorkerAsync();
        await _harness.AcceptAsync(Envelopes.Of("evt_20", receiver.Url()));

        await _harness.UntilQueueIsEmptyAsync();
        receiver.Requests.Count.ShouldBe(1);
    }

    /// <summary>Noise in every fourth page but the first four.</summary>
    private static byte[] Overwrite(byte[] whole)
    {
        var noise = new Random(20);
        var damaged = (byte[])whole.Clone();
        for (var page = 4 * 4096; page < damaged.Length; page += 4 * 4096) noise.NextBytes(damaged.AsSpan(page, 4096));
        return damaged;
    }

    private static byte[] CutInHalf(byte[] whole) => whole[..(whole.Length / 2)];

    /// <summary>A clock on which every lock has ended.</summary>
    private sealed class LateClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow().AddHours(1);
    }
}
