using System.Net;
using Posthorn.Sqlite;

namespace Posthorn.EndToEndTests.Faults;

/// <summary>A commit that happened and whose caller is told that it did not: what followed is unknown to it, and nothing is lost.</summary>
public sealed class ProcessInDoubtTests : IAsyncLifetime
{
    private const string Leasing = $"{QueuePoints.Committed}=throw@1"; // Of mail that is on the queue before the worker starts.
    private const string Settling = $"{QueuePoints.Committed}=throw@2";
    private readonly Harness _harness = new Harness().WithFastProfile("00:00:00.2");

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Fact]
    public async Task Fault_10_a_producer_in_doubt_is_not_told_202_and_its_second_try_adds_nothing()
    {
        await using var receiver = new RawReceiver();
        var envelope = Envelopes.Of("evt_10", receiver.Url());
        await _harness.StartArmedAsync($"{QueuePoints.Committed}=throw@1");

        using var doubt = await _harness.PostAsync(envelope);
        var again = await Harness.ReadJsonAsync(await _harness.PostAsync(envelope));

        doubt.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        again.GetProperty("duplicates").GetInt32().ShouldBe(1);
        await _harness.UntilQueueIsEmptyAsync();
        receiver.Requests.Select(request => request["webhook-id"]).ShouldBe(["evt_10"]);
    }

    [Fact]
    public async Task Fault_10_a_lease_in_doubt_comes_back_when_its_lock_ends()
    {
        await using var receiver = new RawReceiver();
        await _harness.PutAsync(Envelopes.Of("evt_10", receiver.Url()));

        await _harness.With("--queue:lockDuration=00:00:01").StartArmedAsync(Leasing);

        await _harness.UntilQueueIsEmptyAsync();
        receiver.Requests.Select(request => request["webhook-id"]).ShouldBe(["evt_10"]);
    }

    [Theory]
    [InlineData(200, 1, "")] // Done is done.
    [InlineData(500, 2, "RetriesExhausted")] // One retry, not two.
    [InlineData(410, 1, "EndpointGone")] // Dead once.
    public async Task Fault_10_a_settlement_in_doubt_holds(int status, int requests, string reason)
    {
        await using var receiver = new RawReceiver(_ => status);
        await _harness.PutAsync(Envelopes.Of("evt_10", receiver.Url(), "fast"));

        var worker = await _harness.StartArmedAsync(Settling);
        await Harness.UntilAsync(() => worker.Output.Contains("not settled", StringComparison.Ordinal), "it is in doubt", worker.Everything);

        await _harness.UntilQueueIsEmptyAsync();
        _harness.Copies().Select(copy => copy.Reason).ShouldBe(reason.Length == 0 ? [] : [reason]);
        _harness.ContentsShouldBe(reason.Length == 0 ? 0 : 1);
        receiver.Requests.Count.ShouldBe(requests);
    }

    [Fact]
    public async Task Fault_10_a_replay_in_doubt_run_again_adds_nothing()
    {
        await using var receiver = new RawReceiver(number => number == 1 ? 410 : 200);
        await _harness.PutAsync(Envelopes.Of("evt_10", receiver.Url()));
        await _harness.StartArmedAsync($"{QueuePoints.Committed}=throw@3"); // After the lease and the burial.
        await _harness.UntilDeadAsync(1);

        var doubt = await _harness.CallAsync("POST /api/dead-letters/replay", """{"sequences":[1]}""");
        var again = await _harness.CallAsync("POST /api/dead-letters/replay", """{"sequences":[1]}""");

        doubt.ShouldBeProblem(HttpStatusCode.ServiceUnavailable);
        again.Json.Items("sequences").ShouldBeEmpty();
        await _harness.UntilQueueIsEmptyAsync();
        receiver.Requests.Select(request => request["webhook-id"]).ShouldBe(["evt_10", "evt_10"]);
    }
}
