using Posthorn.ContractTests.Queues;
using Posthorn.Queues;

namespace Posthorn.ContractTests.Sqlite;

/// <summary>Absurd values in the file's columns: read safely, delivered or dead-lettered, never a crash and never a stuck queue.</summary>
public sealed class SqliteTamperedRowsTests : QueueFacts
{
    private readonly SqliteQueueHarness _harness = new();

    public static TheoryData<string> AbsurdNumbers => ["-1", "-9223372036854775808", "2147483647", "2147483648", "1e300", "'many'", "x'FF00'"];

    [Theory]
    [MemberData(nameof(AbsurdNumbers))]
    public async Task Fault_53_absurd_counters_are_read_safely(string value)
    {
        await EnqueueAsync("tampered", "neighbour");
        Tamper($"UPDATE messages SET attempts_made = {value}, postponements = {value}, replays = {value} WHERE message_id = 'tampered'");

        var leases = await LeaseAsync(2);

        Ids(leases).ShouldBe(["tampered", "neighbour"], ignoreOrder: true); // What seems to have been replayed comes after the rest.
        var tampered = leases.Single(lease => lease.Message.MessageId == "tampered");
        var progress = tampered.Progress;
        foreach (var count in new[] { progress.AttemptsMade, progress.Postponements, progress.Replays, progress.NextAttempt }) count.ShouldBeInRange(0, 1_000_001);
        await tampered.RetryAsync(Now, Attempt(1), default);
        await (await LeaseOneAsync()).DeadLetterAsync(DeadLetterReason.RetriesExhausted, "503", Attempt(2), default);
        (await DeadLetters.BrowseAsync(0, 10, default))[^1].Progress.Attempts.Count.ShouldBe(2);
    }

    [Theory]
    [MemberData(nameof(AbsurdNumbers))]
    public async Task Fault_53_an_absurd_delivery_count_is_leased_or_dead_lettered(string value)
    {
        await EnqueueAsync("tampered", "neighbour");
        Tamper($"UPDATE messages SET delivery_count = {value} WHERE message_id = 'tampered'");

        var leases = await LeaseAsync(2);

        leases.ShouldAllBe(lease => lease.DeliveryCount >= 0 && lease.DeliveryCount <= Settings.MaxDeliveryCount);
        Ids(leases).ShouldContain("neighbour");
        (leases.Count + await DeadLetters.CountAsync(default)).ShouldBe(2);
    }

    [Theory]
    [InlineData("'not JSON'")]
    [InlineData("'{\"number\":1}'")]
    [InlineData("'[{\"number\":1e99}]'")]
    [InlineData("'[1,2]'")]
    [InlineData("''")]
    [InlineData("NULL")]
    public async Task Fault_53_an_unreadable_history_is_an_empty_one(string value)
    {
        await EnqueueAsync("tampered");
        Tamper($"UPDATE messages SET attempts = {value}");

        var lease = await LeaseOneAsync();

        lease.Progress.Attempts.ShouldBeEmpty();
        await lease.RetryAsync(Now, Attempt(1), default);
        (await LeaseOneAsync()).Progress.Attempts.ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData("'not JSON'")]
    [InlineData("'null'")]
    [InlineData("'[]'")]
    public async Task Fault_53_unreadable_properties_are_none(string value)
    {
        await EnqueueAsync("tampered");
        Tamper($"UPDATE contents SET properties = {value}");

        (await LeaseOneAsync()).Message.Properties.ShouldBeEmpty();
    }

    protected override QueueHarness NewHarness() => _harness;

    private void Tamper(string sql) => RawFile.Execute(_harness.Path, sql);
}
