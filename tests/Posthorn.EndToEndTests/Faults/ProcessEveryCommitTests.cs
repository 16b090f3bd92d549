using System.Text.Json;
using Posthorn.Sqlite;

namespace Posthorn.EndToEndTests.Faults;

/// <summary>'Fail the nth call, for every n': whatever the worker was about to commit when it died, the ledger balances.</summary>
public sealed class ProcessEveryCommitTests(ITestOutputHelper output) : IAsyncLifetime
{
    private static readonly (string Point, int Hit)[] Deaths =
    [
        .. Enumerable.Range(1, 4).SelectMany(n => new[] { (QueuePoints.Committing, n), (QueuePoints.Committed, n) }),
        (QueuePoints.Completing, 2), (QueuePoints.Retrying, 2), (QueuePoints.Burying, 2),
    ];

    private readonly Harness _harness = new Harness().With("--queue:lockDuration=00:00:01", "--delivery:maxInFlight=2").WithFastProfile("00:00:00.1", "00:00:00.1", "00:00:00.1", "00:00:00.1");
    private readonly List<string> _accepted = [];

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Fact]
    public async Task Fault_1_3_4_5_10_a_worker_that_dies_around_its_nth_commit_for_every_n_loses_nothing()
    {
        var flaky = new HashSet<string>();
        await using var consumer = await Consumer.StartAsync(request => new Reply(StatusOf(request["webhook-id"] ?? "", flaky)));

        // 1. Each worker finds more mail, and dies around its nth commit, or in the middle of what it commits.
        foreach (var (point, hit) in Deaths)
        {
            await PutMoreAsync(consumer.Url());
            await _harness.DieAtAsync(point, hit);
            ShouldBalance(consumer);
        }

        // 2. One that lives.
        await _harness.StartWorkerAsync();
        await _harness.UntilQueueIsEmptyAsync();
        ShouldBalance(consumer);
        output.WriteLine($"{consumer.Requests.Count} requests for {_accepted.Count} envelopes");
        _harness.Copies().Select(copy => copy.Id).ShouldBe(_accepted.Where(id => id.StartsWith("gone", StringComparison.Ordinal)), ignoreOrder: true);
    }

    /// <summary>Some go through, some at the second try, some never.</summary>
    private static int StatusOf(string id, HashSet<string> flaky)
    {
        lock (flaky) return id.StartsWith("gone", StringComparison.Ordinal) ? 410 : id.StartsWith("flaky", StringComparison.Ordinal) && flaky.Add(id) ? 500 : 200;
    }

    private async Task PutMoreAsync(Uri url)
    {
        string[] ids = [.. new[] { "fine", "flaky", "gone" }.SelectMany(kind => Enumerable.Range(_accepted.Count, 2).Select(n => $"{kind}_{n}"))];
        await _harness.PutAsync([.. ids.Select(id => Envelopes.Of(id, url, "fast"))]);
        _accepted.AddRange(ids);
    }

    /// <summary>Accepted = delivered ∪ pending ∪ dead, and each in one place.</summary>
    private void ShouldBalance(Consumer consumer)
    {
        var copies = _harness.Copies();
        _harness.ContentsShouldBe(copies.Count);
        copies.Select(copy => copy.Id).ShouldBeUnique();
        copies.Where(copy => copy.IsDead).ShouldAllBe(copy => copy.Reason == "EndpointGone" && copy.Attempts == 1);
        var arrived = consumer.Requests.GroupBy(request => request["webhook-id"] ?? "").ToDictionary(requests => requests.Key, requests => requests.Count());
        foreach (var id in _accepted.Except(copies.Select(copy => copy.Id)))
            arrived.GetValueOrDefault(id).ShouldBeGreaterThanOrEqualTo(id.StartsWith("flaky", StringComparison.Ordinal) ? 2 : 1, $"{id} is nowhere: {JsonSerializer.Serialize(copies)}");
        arrived.Keys.ShouldBeSubsetOf(_accepted);
    }
}
