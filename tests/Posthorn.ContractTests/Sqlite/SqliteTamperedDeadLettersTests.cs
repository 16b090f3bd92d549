using Posthorn.ContractTests.Queues;
using Posthorn.DeadLetters;
using Posthorn.Queues;

namespace Posthorn.ContractTests.Sqlite;

/// <summary>Absurd values in the columns of dead letters: one of them never breaks a page, and each can be put back.</summary>
public sealed class SqliteTamperedDeadLettersTests : QueueFacts
{
    private static readonly string[] Columns =
        ["status", "error", "replay_run", "overrides", "is_event", "envelope_id", "type", "profile", "tenant", "subject", "destination", "endpoint", "deadline"];

    private static readonly string[] Values =
        ["NULL", "''", "'text'", "5", "-1", "1e300", "9223372036854775807", "-9223372036854775808", "x'FF00'", "CAST(x'FF' AS TEXT)", "'[1]'", "'{\"a\":1}'"];

    private readonly SqliteQueueHarness _harness = new();

    public static TheoryData<string, string> Tampered => [.. Columns.SelectMany(_ => Values, (column, value) => (column, value))];

    [Theory]
    [MemberData(nameof(Tampered))]
    public async Task Fault_53_an_absurd_value_never_breaks_a_page(string column, string value)
    {
        await BuryAsync(DeadMail.Envelope("before"), DeadMail.Envelope("tampered"), DeadMail.Envelope("after"));
        var intact = (await DeadLetters.SummariesAsync(0, 10, BrowseOrder.Ascending, default))[2];
        Tamper($"UPDATE dead_letters SET {column} = {value} WHERE message_id = 'tampered'");

        await ShouldBeReadableAsync(intact);
        await ShouldBeReplayableAsync();
    }

    [Theory]
    [InlineData("'not JSON'")]
    [InlineData("'{\"replay_to\":5,\"expires_at\":\"2026-03-05T12:00:00Z\"}'")]
    [InlineData("'{\"replay_to\":null}'")]
    [InlineData("'{\"replay_to\":{\"a\":1}}'")]
    [InlineData("'{\"url\":\"not a URL\"}'")]
    [InlineData("'null'")]
    [InlineData("x'7B7D'")]
    public async Task Fault_53_unreadable_overrides_are_none_and_are_gone_with_the_next_replay(string value)
    {
        await BuryAsync(DeadMail.Envelope("before"), DeadMail.Envelope("tampered"), DeadMail.Envelope("after"));
        var intact = (await DeadLetters.SummariesAsync(0, 10, BrowseOrder.Ascending, default))[2];
        Tamper($"UPDATE dead_letters SET overrides = {value}, is_event = NULL WHERE message_id = 'tampered'");

        await ShouldBeReadableAsync(intact);
        await ShouldBeReplayableAsync();
    }

    [Theory]
    [InlineData("'not JSON'")]
    [InlineData("'[1]'")]
    [InlineData("x'FF00'")]
    [InlineData("5")]
    public async Task Fault_53_unreadable_overrides_on_the_queue_take_nobody_along(string value)
    {
        await EnqueueAsync("tampered", "neighbour");
        Tamper($"UPDATE messages SET overrides = {value}, replay_run = {value} WHERE message_id = 'tampered'");

        var leases = await LeaseAsync(10);

        Ids(leases).ShouldBe(["tampered", "neighbour"]);
        foreach (var lease in leases) await BuryAsync(lease);
        (await DeadLetters.SummariesAsync(0, 10, BrowseOrder.Ascending, default)).Select(letter => letter.MessageId).ShouldBe(["tampered", "neighbour"]);
        await ReplayAllAsync(ReplayChanges.None);
    }

    [Fact]
    public async Task A_letter_without_a_history_has_an_empty_one()
    {
        await BuryAsync("before", "tampered", "after");
        var intact = (await DeadLetters.SummariesAsync(0, 10, BrowseOrder.Ascending, default))[2];
        Tamper("DELETE FROM dead_letter_histories WHERE sequence = 2");

        var tampered = (await DeadLetters.BrowseAsync(0, 10, default))[1];
        (tampered.Description, tampered.Progress.Attempts.Count, tampered.Progress.AttemptsMade).ShouldBe(("", 0, 1));
        await ShouldBeReadableAsync(intact);
        await ShouldBeReplayableAsync();
    }

    [Theory]
    [InlineData("description = 5, attempts = 5")]
    [InlineData("description = x'FF00', attempts = x'FF00'")]
    [InlineData("attempts = 'not JSON'")]
    public async Task An_unreadable_history_is_an_empty_one(string tampering)
    {
        await BuryAsync("before", "tampered", "after");
        var intact = (await DeadLetters.SummariesAsync(0, 10, BrowseOrder.Ascending, default))[2];
        Tamper($"UPDATE dead_letter_histories SET {tampering} WHERE sequence = 2");

        (await DeadLetters.BrowseAsync(0, 10, default))[1].Progress.Attempts.ShouldBeEmpty();
        await ShouldBeReadableAsync(intact);
        await ShouldBeReplayableAsync();
    }

    [Theory]
    [InlineData("DELETE FROM contents WHERE content_id = 2")]
    [InlineData("UPDATE contents SET body = 5, content_type = 5, properties = x'FF00', ordering_key = 5 WHERE content_id = 2")]
    [InlineData("UPDATE contents SET body = 'text', properties = '{\"url\":null,\"expires_at\":\"\"}' WHERE content_id = 2")]
    public async Task A_letter_whose_facts_are_not_known_and_whose_content_is_gone_has_its_message_s_id(string sql)
    {
        await BuryAsync(DeadMail.Envelope("before"), DeadMail.Envelope("tampered"), DeadMail.Envelope("after"));
        var intact = (await DeadLetters.SummariesAsync(0, 10, BrowseOrder.Ascending, default))[2];
        Tamper(sql);
        Tamper("UPDATE dead_letters SET is_event = NULL WHERE message_id = 'tampered'");

        (await DeadLetters.SummariesAsync(0, 10, BrowseOrder.Ascending, default))[1].Facts.ShouldBe(new DeadLetterFacts { Id = "tampered" });
        await ShouldBeReadableAsync(intact);
        await ShouldBeReplayableAsync();
    }

    [Fact]
    public async Task Fault_20_a_content_on_a_damaged_page_takes_no_neighbour_along()
    {
        var bytes = new byte[40_000];
        Array.Fill(bytes, (byte)'x');
        await BuryAsync(Message("before"), Message("tampered") with { Body = bytes }, Message("after"));
        var intact = (await DeadLetters.SummariesAsync(0, 10, BrowseOrder.Ascending, default))[2];
        Tamper("UPDATE dead_letters SET is_event = NULL");
        Damage();

        (await DeadLetters.BrowseAsync(0, 10, default))[1].Message.Body.Length.ShouldBe(0);
        await ShouldBeReadableAsync(intact);
    }

    [Theory]
    [InlineData("'text'")]
    [InlineData("x'FF00'")]
    [InlineData("1e300")]
    public async Task An_absurd_time_on_the_queue_or_of_a_dead_letter_stops_no_import(string value)
    {
        await BuryAsync("waiting", "dead");
        var letters = await DeadLetters.BrowseAsync(0, 10, default);
        await DeadLetters.ReplayAsync([letters[0].Sequence], ReplayChanges.None, default);
        Tamper($"UPDATE messages SET enqueued_at = {value}; UPDATE dead_letters SET enqueued_at = {value}");

        (await DeadLetters.ImportAsync(letters, default)).ShouldBe([true, true], "What is there seems to be another message.");
    }

    [Theory]
    [InlineData("delivery_count", "9223372036854775807")]
    [InlineData("delivery_count", "-1")]
    [InlineData("enqueued_at", "'text'")]
    [InlineData("replays", "9223372036854775807")]
    [InlineData("postponements", "1e300")]
    public async Task An_absurd_value_of_an_expired_replayed_message_is_buried_with_it(string column, string value)
    {
        await BuryAsync("a");
        await ReplayAllAsync(new ReplayChanges { Run = "run_1" });
        Tamper($"UPDATE messages SET expires_at = 1, {column} = {value}");
        await EnqueueAsync("fresh");

        Ids(await LeaseAsync(10)).ShouldBe(["fresh"]);

        var letter = await TheDeadLetterAsync();
        (letter.Message.MessageId, letter.Reason).ShouldBe(("a", DeadLetterReason.TtlExpired));
        (await DeadLetters.SummariesAsync(0, 10, BrowseOrder.Ascending, default)).ShouldHaveSingleItem().Run.ShouldBe("run_1");
    }

    protected override QueueHarness NewHarness() => _harness;

    /// <summary>Whether all three are read in every way, and the last one as before.</summary>
    private async Task ShouldBeReadableAsync(DeadLetterSummary intact)
    {
        string[] ids = ["before", "tampered", "after"];
        (await DeadLetters.BrowseAsync(0, 10, default)).Select(letter => letter.Message.MessageId).ShouldBe(ids);
        (await DeadLetters.SummariesAsync(long.MaxValue, 10, BrowseOrder.Descending, default)).Select(letter => letter.MessageId).ShouldBe(ids.Reverse());
        var summaries = await DeadLetters.SummariesAsync(0, 10, BrowseOrder.Ascending, default);
        summaries.Select(letter => letter.MessageId).ShouldBe(ids);
        summaries[2].ShouldBe(intact);
        summaries.ShouldAllBe(letter => letter.Facts.Id != null && letter.Facts.DeliveryId != null);
    }

    private async Task ShouldBeReplayableAsync()
    {
        await ReplayAllAsync(ReplayChanges.None);
        var leases = await LeaseAsync(10);
        Ids(leases).ShouldBe(["before", "tampered", "after"]);
        foreach (var lease in leases) await BuryAsync(lease);
        (await DeadLetters.SummariesAsync(0, 10, BrowseOrder.Ascending, default)).Select(letter => (letter.MessageId, letter.Run)).ShouldBe([("before", null), ("tampered", null), ("after", null)]);
    }

    /// <summary>Makes the pages that hold nothing but the body point to pages that are not there.</summary>
    private void Damage()
    {
        const int Page = 4096;
        Tamper("PRAGMA wal_checkpoint(TRUNCATE)");
        using var file = File.Open(_harness.Path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        var page = new byte[Page];
        var damaged = 0;
        for (var at = 0L; at < file.Length; at += Page)
        {
            file.Position = at;
            file.ReadExactly(page);
            if (page.AsSpan(4).ContainsAnyExcept((byte)'x')) continue;
            file.Position = at;
            file.Write([0x7F, 0xFF, 0xFF, 0xFF]);
            damaged++;
        }

        damaged.ShouldBeGreaterThan(0);
    }

    private void Tamper(string sql) => RawFile.Execute(_harness.Path, sql);
}
