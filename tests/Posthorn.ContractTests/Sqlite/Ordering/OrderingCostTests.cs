using Posthorn.Queues;
using Posthorn.Sqlite;

namespace Posthorn.ContractTests.Sqlite.Ordering;

/// <summary>What order costs: the same in a long backlog as in a short one, counted in SQLite's own instructions.</summary>
public sealed class OrderingCostTests : IDisposable
{
    private const int Batch = 250;
    private const long Token = 7;
    private const long Now = 1_772_366_400_000;
    private readonly TemporaryFolder _folder = new();
    private int _files;

    [Theory]
    [InlineData(1)]
    [InlineData(1000)]
    public void A_batch_costs_as_much_in_a_backlog_of_100_000_as_in_one_of_2000(int keys)
    {
        var (small, large) = (Work(keys, 2000), Work(keys, 100_000));

        foreach (var (what, work) in large)
        {
            work.Steps.ShouldBeInRange(1, small[what].Steps * 11 / 10, $"{what} of {keys} keys");
            (work.Scanned, work.Indexed).ShouldBe((0, 0), what);
        }
    }

    [Fact]
    public void Each_order_is_leased_by_its_own_index()
    {
        using var connection = StatementWork.Connect(NewFile(keys: 1, messages: 2));
        using var file = new QueueStatements(connection, holdsExhausted: false);
        Lease(file);

        var plans = StatementWork.PlansOf(connection, "SET lock_token = $0, visible_at = $1");

        plans.Where(step => step.StartsWith("SCAN", StringComparison.Ordinal) || step.StartsWith("USE TEMP", StringComparison.Ordinal)).ShouldBeEmpty();
        plans.ShouldContain("SEARCH messages USING INDEX messages_fresh (visible_at<?)");
        plans.ShouldContain("SEARCH messages USING INDEX messages_replayed (visible_at<?)");
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>What each of these takes, one after the other, on a queue with that many messages.</summary>
    private Dictionary<string, StatementWork> Work(int keys, int messages)
    {
        var path = NewFile(keys, messages);
        using var connection = StatementWork.Connect(path);
        using var file = new QueueStatements(connection, holdsExhausted: true);
        var work = new Dictionary<string, StatementWork>();
        List<LeasedRow> leased = [];

        file.Begin();
        Count("lease", () => leased = Lease(file));
        leased.Count.ShouldBe(Math.Min(keys, Batch));
        Count("complete", () => leased.ForEach(row => file.Complete(row.Sequence, Token, Now).ShouldBeTrue()));
        Count("enqueue", () => Enqueue(file, keys));
        leased = Lease(file);
        Count("bury", () => leased.ForEach(row => file.DeadLetters.Bury(row, Token, new Death(Now, DeadLetterReason.PermanentFailure, "400", row.Progress), facts: null).ShouldBeTrue()));
        Count("lease past what is held", () => Lease(file));
        Count("replay", () => leased.Select((_, i) => file.Replay(i + 1, ReplayChanges.None, "{}", Now)).ShouldAllBe(replayed => replayed));
        leased = file.Lease(Token, Now + 1000, Now, 1, Batch);
        Count("retry", () => leased.ForEach(row => file.Retry(row.Sequence, Token, Now, Now + 1000, 1, "[]").ShouldBeTrue()));
        file.Commit();
        using var seen = StatementWork.Connect(path);
        using var news = new NewsWatch(seen, TimeProvider.System);
        news.Mark(Now, withReplayed: true);
        work["look"] = StatementWork.Of(seen);
        return work;

        void Count(string what, Action act)
        {
            StatementWork.Of(connection);
            act();
            work[what] = StatementWork.Of(connection);
        }
    }

    private static List<LeasedRow> Lease(QueueStatements file) => file.Lease(Token, until: Now + 1000, Now, Batch, maxReplayed: Batch);

    private static void Enqueue(QueueStatements file, int keys)
    {
        var messages = Enumerable.Range(0, Batch).Select(i => new QueueMessage { MessageId = $"x{i}", OrderingKey = $"k{i % keys}", Body = "{}"u8.ToArray() }).ToList();
        file.Insert(messages, messages.ConvertAll(_ => "{}"u8.ToArray()), Now);
    }

    /// <summary>A file that is filled at once, past the queue and by its triggers.</summary>
    private string NewFile(int keys, int messages)
    {
        var path = QueueFile.Open(_folder.File($"{++_files}.db")).Path;
        RawFile.Execute(path, $$"""
            BEGIN;
            WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {{messages}})
            INSERT INTO contents (content_id, body, properties, ordering_key) SELECT n, x'7B7D', '{}', 'k' || (n % {{keys}}) FROM numbers;
            INSERT INTO messages (content_id, message_id, enqueued_at, due_at, visible_at, ordering_key)
            SELECT content_id, 'm' || content_id, {{Now}}, 0, 0, ordering_key FROM contents ORDER BY content_id;
            COMMIT;
            """);
        return path;
    }
}
