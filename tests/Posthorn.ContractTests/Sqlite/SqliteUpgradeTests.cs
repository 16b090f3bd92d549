using System.Text;
using Microsoft.Data.Sqlite;
using Posthorn.ContractTests.Queues;
using Posthorn.DeadLetters;
using Posthorn.Envelopes;
using Posthorn.Queues;
using Posthorn.Sqlite;

namespace Posthorn.ContractTests.Sqlite;

/// <summary>A file of the first schema is brought to this version's, and nothing in it is lost.</summary>
public sealed class SqliteUpgradeTests : QueueFacts
{
    private readonly SqliteQueueHarness _harness = new();

    [Fact]
    public async Task Every_dead_letter_is_there_with_its_number_its_history_and_its_facts()
    {
        BeOld();
        Bury(3, "envelope", attemptsMade: 2, attempts: [Attempt(1), Attempt(2) with { Status = null, Error = "Timeout" }]);
        Bury(4, "plain", attemptsMade: 0, replays: 1, attempts: [Attempt(1)]);
        Bury(7, "nothing", attemptsMade: 0);

        var queue = _harness.OpenSqlite(Settings);

        RawFile.Read(_harness.Path, "PRAGMA user_version").ShouldBe(4L);
        var letters = await queue.DeadLetters.BrowseAsync(0, 10, default);
        letters.Select(letter => (letter.Sequence, letter.Message.MessageId, letter.Description, letter.DeliveryCount)).ShouldBe(
            [(3, "envelope", "envelope is dead", 3), (4, "plain", "plain is dead", 4), (7, "nothing", "nothing is dead", 7)]);
        letters.Select(letter => letter.Reason).ShouldAllBe(reason => reason == DeadLetterReason.RetriesExhausted);
        letters[0].Message.Properties.ShouldBe(DeadMail.Envelope("").Properties, ignoreOrder: true);
        letters[1].Message.Body.ToArray().ShouldBe(DeadMail.Plain("").Body.ToArray());
        (letters[0].Progress.AttemptsMade, letters[0].Progress.Postponements, letters[0].Progress.Replays).ShouldBe((2, 5, 0));
        letters[0].Progress.Attempts.ShouldBe([Attempt(1), Attempt(2) with { Status = null, Error = "Timeout" }]);
        (letters[0].EnqueuedAt, letters[0].DeadLetteredAt).ShouldBe((Now.AddHours(-2), Now.AddHours(-1)));

        var summaries = await queue.DeadLetters.SummariesAsync(0, 10, BrowseOrder.Ascending, default);
        summaries.Select(letter => letter.Facts).ShouldBe(letters.Select(letter => DeadLetterFacts.Of(letter.Message)));
        summaries.Select(letter => letter.Last).ShouldBe([new LastAttempt(null, "Timeout"), default, default]);
        summaries.Select(letter => (letter.Sequence, letter.Reason, letter.AttemptsMade, letter.Replays, letter.EnqueuedAt, letter.DeadLetteredAt)).ShouldBe(
            letters.Select(letter => (letter.Sequence, letter.Reason, letter.Progress.AttemptsMade, letter.Progress.Replays, letter.EnqueuedAt, letter.DeadLetteredAt)));
    }

    [Theory]
    [InlineData("'not JSON'")]
    [InlineData("'{\"status\":503}'")]
    [InlineData("'[1,2]'")]
    [InlineData("'[]'")]
    [InlineData("'[{\"number\":1,\"status\":{\"a\":1},\"error\":[]}]'")]
    [InlineData("x'FF00'")]
    [InlineData("5")]
    public async Task An_unreadable_history_stops_nothing(string attempts)
    {
        BeOld();
        Bury(3, "envelope", attemptsMade: 2, attempts: [Attempt(1)]);
        Bury(4, "plain", attemptsMade: 1, attempts: [Attempt(1)]);
        RawFile.Execute(_harness.Path, $"UPDATE dead_letters SET attempts = {attempts} WHERE sequence = 3");

        var dead = _harness.OpenSqlite(Settings).DeadLetters;

        (await dead.BrowseAsync(0, 10, default)).Select(letter => letter.Message.MessageId).ShouldBe(["envelope", "plain"]);
        (await dead.SummariesAsync(0, 10, BrowseOrder.Ascending, default))[1].Last.ShouldBe(new LastAttempt(503, null));
        (await dead.ReplayAsync([3, 4], ReplayChanges.None, default)).ShouldBe([3, 4]);
    }

    [Fact]
    public async Task No_number_is_given_twice_even_when_the_highest_was_purged()
    {
        BeOld();
        Bury(3, "envelope", attemptsMade: 1);
        Bury(9, "purged", attemptsMade: 1);
        RawFile.Execute(_harness.Path, "DELETE FROM dead_letters WHERE sequence = 9");

        await ShouldNumberTheNextAsync(10);
    }

    [Fact]
    public async Task No_number_is_given_twice_even_when_all_were_purged()
    {
        BeOld();
        Bury(9, "purged", attemptsMade: 1);
        RawFile.Execute(_harness.Path, "DELETE FROM dead_letters");

        await ShouldNumberTheNextAsync(10);
    }

    [Fact]
    public async Task The_first_number_of_a_file_in_which_nothing_died_is_one()
    {
        BeOld();

        await ShouldNumberTheNextAsync(1);
    }

    [Fact]
    public async Task A_dead_letter_is_replayed_with_every_change_and_purged()
    {
        BeOld();
        Bury(3, "envelope", attemptsMade: 2, attempts: [Attempt(1), Attempt(2)]);
        Bury(4, "plain", attemptsMade: 1, attempts: [Attempt(1)]);
        Bury(5, "purged", attemptsMade: 1);
        var queue = _harness.OpenSqlite(Settings);

        (await queue.DeadLetters.ReplayAsync([3, 4, 6], new ReplayChanges { Run = "run_1", Deadline = Now.AddDays(1), To = new Elsewhere("https://other.example/", null) }, default)).ShouldBe([3, 4]);
        (await queue.DeadLetters.PurgeAsync([5], default)).ShouldBe(1);

        (await queue.DeadLetters.FollowAsync("run_1", default)).ShouldBe(new RunRemains(2, 0, 0));
        var leases = await LeaseAsync(queue, 10);
        Ids(leases).ShouldBe(["envelope", "plain"]);
        leases.ShouldAllBe(lease => lease.Progress.Replays == 1 && lease.Progress.AttemptsMade == 0 && lease.Message.Properties[EnvelopeProperties.ReplayTo] == "https://other.example/");
        leases[0].Progress.Attempts.ShouldBe([Attempt(1), Attempt(2)]);
        foreach (var lease in leases) await lease.CompleteAsync(default);
        RawFile.Read(_harness.Path, "SELECT (SELECT count(*) FROM contents) + (SELECT count(*) FROM dead_letters) + (SELECT count(*) FROM dead_letter_histories)").ShouldBe(0L);
    }

    [Fact]
    public async Task What_was_on_the_queue_goes_on_and_what_was_replayed_goes_behind_it()
    {
        BeOld();
        Enqueue("replayed", "replays = 1, attempts = '[{\"number\":1,\"at\":\"2026-03-01T11:00:00+00:00\",\"duration_ms\":5}]'");
        Enqueue("retried", "attempts_made = 3, attempts = '[]'");
        Enqueue("scheduled", $"due_at = {Milliseconds(Now.AddHours(1))}, visible_at = {Milliseconds(Now.AddHours(1))}");
        Enqueue("leased", $"lock_token = 5, delivery_count = 1, visible_at = {Milliseconds(Now.AddSeconds(20))}");

        var queue = _harness.OpenSqlite(Settings);

        (await queue.CountAsync(default)).ShouldBe(new QueueCounts(2, 1, 1, 0, TimeSpan.FromHours(2)));
        Ids(await queue.ReceiveAsync(10, maxReplayed: 0, TimeSpan.Zero, default)).ShouldBe(["retried"]);
        var replayed = (await queue.ReceiveAsync(10, maxReplayed: 10, TimeSpan.Zero, default)).ShouldHaveSingleItem();
        (replayed.Message.MessageId, replayed.Progress.Attempts.Count, replayed.Message.Properties.Count).ShouldBe(("replayed", 1, DeadMail.Envelope("").Properties.Count));
        await AdvanceAsync(TimeSpan.FromSeconds(21));
        (await LeaseAsync(queue, 10)).ShouldHaveSingleItem().DeliveryCount.ShouldBe(2);
    }

    [Fact]
    public async Task What_a_process_of_the_old_version_still_enqueues_is_delivered_and_what_it_cannot_bury_stays()
    {
        BeOld();
        var queue = _harness.OpenSqlite(Settings);

        Enqueue("late");
        Should.Throw<SqliteException>(() => Bury(1, "late", attemptsMade: 1));

        (await LeaseAsync(queue, 10)).ShouldHaveSingleItem().Message.MessageId.ShouldBe("late");
        (await queue.DeadLetters.CountAsync(default)).ShouldBe(0);
    }

    [Fact]
    public async Task Processes_that_open_an_old_file_at_once_all_open_it()
    {
        for (var round = 0; round < 5; round++)
        {
            BeOld();
            for (var sequence = 1; sequence <= 50; sequence++) Bury(sequence, $"m{sequence}", attemptsMade: 1, attempts: [Attempt(1)]);
            var options = new SqliteQueueOptions { Path = _harness.Path };
            using var start = new Barrier(4);
            var opening = Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(
                () =>
                {
                    start.SignalAndWait(Patience);
                    return SqliteQueue.Open(options, TimeProvider.System);
                },
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default)).ToList();

            var queues = await Task.WhenAll(opening).WaitAsync(Patience);

            foreach (var queue in queues) (await queue.DeadLetters.SummariesAsync(0, 100, BrowseOrder.Ascending, default)).Select(letter => letter.Sequence).ShouldBe(Enumerable.Range(1, 50).Select(i => (long)i));
            foreach (var queue in queues) queue.Dispose();
        }
    }

    protected override QueueHarness NewHarness() => _harness;

    private async Task ShouldNumberTheNextAsync(long number)
    {
        var queue = _harness.OpenSqlite(Settings);
        await queue.EnqueueAsync([Message("next")], default);
        await BuryAsync((await LeaseAsync(queue, 1)).ShouldHaveSingleItem());

        (await queue.DeadLetters.SummariesAsync(long.MaxValue, 1, BrowseOrder.Descending, default)).ShouldHaveSingleItem().Sequence.ShouldBe(number);
    }

    /// <summary>Makes the file one of the first schema.</summary>
    private void BeOld()
    {
        _harness.Close();
        RawFile.MakeOld(_harness.Path, version: 1);
    }

    /// <summary>Enqueues as the old version did.</summary>
    private void Enqueue(string id, string state = "delivery_count = 0") => RawFile.Execute(_harness.Path, $"""
        {ContentOf(id)};
        INSERT INTO messages (content_id, message_id, enqueued_at, due_at, visible_at, expires_at) VALUES (last_insert_rowid(), '{id}', {Milliseconds(Now.AddHours(-2))}, 0, 0, NULL);
        UPDATE messages SET {state} WHERE message_id = '{id}';
        """);

    /// <summary>Buries as the old version did.</summary>
    private void Bury(long sequence, string id, int attemptsMade, int replays = 0, params IReadOnlyList<AttemptRecord> attempts)
    {
        var history = attempts.Count == 0 ? "NULL" : $"'{new DeliveryProgress { Attempts = attempts }.AttemptsToJson().Replace("'", "''")}'";
        RawFile.Execute(_harness.Path, $"""
            {ContentOf(id)};
            INSERT INTO dead_letters (sequence, content_id, message_id, enqueued_at, dead_lettered_at, reason, description, delivery_count, attempts_made, postponements, replays, attempts)
            VALUES ({sequence}, last_insert_rowid(), '{id}', {Milliseconds(Now.AddHours(-2))}, {Milliseconds(Now.AddHours(-1))}, 'RetriesExhausted', '{id} is dead', {sequence}, {attemptsMade}, 5, {replays}, {history});
            """);
    }

    private static string ContentOf(string id)
    {
        var message = id switch { "plain" => DeadMail.Plain(id), "nothing" => Message(id), _ => DeadMail.Envelope(id) };
        var properties = Encoding.UTF8.GetString(PropertiesJson.Write(message.Properties)).Replace("'", "''");
        return $"INSERT INTO contents (body, content_type, properties, ordering_key) VALUES (x'{Convert.ToHexString(message.Body.Span)}', 'application/json', '{properties}', NULL)";
    }

    private static long Milliseconds(DateTimeOffset time) => time.ToUnixTimeMilliseconds();
}
