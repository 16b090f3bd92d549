using System.Net;

namespace Posthorn.EndToEndTests.Faults;

/// <summary>Another program holds the file's write lock.</summary>
public sealed class StorageBusyTests : IAsyncLifetime
{
    private readonly Harness _harness = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Fact]
    public async Task Fault_18_a_busy_file_is_waited_for_in_bounds_then_the_producer_is_told_and_it_recovers()
    {
        await using var receiver = new RawReceiver();
        var worker = await _harness.StartWorkerAsync();

        // 1. For a moment: the producer does not notice.
        var moment = _harness.HoldWriteLock();
        var patient = _harness.PostAsync(Envelopes.Of("evt_patient", receiver.Url()));
        (await Task.WhenAny(patient, Task.Delay(300))).ShouldNotBe(patient, "it waits for the lock");
        moment.Dispose();
        (await patient).StatusCode.ShouldBe(HttpStatusCode.Accepted);
        await _harness.UntilQueueIsEmptyAsync();

        // 2. For too long: an error and not a hang; what needs no lock goes on.
        using (_harness.HoldWriteLock())
        {
            var refused = await _harness.CallAsync("POST /api/notifications", Envelopes.Of("evt_refused", receiver.Url()));
            refused.ShouldBeProblem(HttpStatusCode.ServiceUnavailable).RetryAfter.ShouldNotBeNull();
            refused.Json.Text("detail").ShouldContain("another process holds the file's write lock");
            (await _harness.Http.GetAsync(_harness.Api("/healthz"))).StatusCode.ShouldBe(HttpStatusCode.OK);
            (await _harness.QueueCountsAsync()).GetProperty("active").GetInt64().ShouldBe(0);
        }

        // 3. Over.
        await _harness.AcceptAsync(Envelopes.Of("evt_after", receiver.Url()));
        await _harness.UntilQueueIsEmptyAsync();
        receiver.Requests.Select(request => request["webhook-id"]).ShouldBe(["evt_patient", "evt_after"], worker.Everything());
    }
}
