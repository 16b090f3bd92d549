namespace Posthorn.EndToEndTests.Faults;

/// <summary>
/// The machine's clock is set by ten minutes. To the queue that is what it looks like when every time in its file moves by ten
/// minutes the other way, while the worker stands still.
/// </summary>
[Collection(Alone.Name)]
public sealed class ProcessClockTests : IAsyncLifetime
{
    private static readonly TimeSpan Step = TimeSpan.FromMinutes(10);
    private readonly Harness _harness = new Harness().WithFastProfile("00:00:20");
    private readonly TaskCompletionSource<int> _held = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Fact]
    public async Task Fault_14_when_the_clock_is_set_back_mail_flows_a_lease_is_settled_and_a_retry_comes_later_by_no_more_than_that()
    {
        await using var slow = await Receiver.StartAsync((_, gone) => _held.Task.WaitAsync(gone));
        await using var receiver = new RawReceiver(number => number == 1 ? 500 : 200);
        await SetClockAsync(-Step, slow, receiver);

        await _harness.AcceptAsync(Envelopes.Of("evt_fresh", receiver.Url()));
        await Harness.UntilAsync(() => receiver.Requests.Count == 3, "what waited and what is fresh are delivered", _harness.DescribeProcesses);
        _held.SetResult(200);
        await Harness.UntilAsync(() => _harness.Copies().Count == 1, "the lease is settled", _harness.DescribeProcesses);

        var retry = _harness.OnlyCopy();
        (retry.Id, retry.AttemptsMade, retry.Attempts).ShouldBe(("evt_retry", 1, 1));
        retry.VisibleAt.ShouldBeLessThan(DateTimeOffset.UtcNow + Step + TimeSpan.FromSeconds(25));
        Move(-Step - TimeSpan.FromMinutes(1)); // It is set right, and a minute later …
        await _harness.UntilQueueIsEmptyAsync();
        receiver.Requests.Select(request => request["webhook-id"]).ShouldBe(["evt_retry", "evt_waiting", "evt_fresh", "evt_retry"], ignoreOrder: true);
        slow.Ids.ShouldBe(["evt_held"]);
    }

    [Fact]
    public async Task Fault_14_when_the_clock_is_set_forward_mail_flows_and_a_lease_that_seems_over_is_settled_without_a_second_request()
    {
        await using var slow = await Receiver.StartAsync((_, gone) => _held.Task.WaitAsync(gone));
        await using var receiver = new RawReceiver(number => number == 1 ? 500 : 200);
        await SetClockAsync(Step, slow, receiver);

        await _harness.AcceptAsync(Envelopes.Of("evt_fresh", receiver.Url()));
        await Harness.UntilAsync(() => receiver.Requests.Count == 4, "what waited, what is fresh and the retry are delivered", _harness.DescribeProcesses);
        await Harness.UntilAsync(() => _harness.Copies() is [{ Id: "evt_held", DeliveryCount: 2 }], "the lease is given out again", _harness.DescribeProcesses);
        _held.SetResult(200);

        await _harness.UntilQueueIsEmptyAsync();
        receiver.Requests.Select(request => request["webhook-id"]).ShouldBe(["evt_retry", "evt_waiting", "evt_fresh", "evt_retry"], ignoreOrder: true);
        slow.Ids.ShouldBe(["evt_held"]);
        _harness.Copies().ShouldBeEmpty();
    }

    /// <summary>One message is leased, one waits for its retry, one is due: then the clock is set.</summary>
    private async Task SetClockAsync(TimeSpan step, Receiver slow, RawReceiver receiver)
    {
        var worker = await _harness.StartWorkerAsync();
        await _harness.AcceptAsync(Envelopes.Of("evt_held", slow.Url()), Envelopes.Of("evt_retry", receiver.Url(), "fast"));
        await Harness.UntilAsync(() => slow.Count == 1 && _harness.Copies().Any(copy => copy is { Id: "evt_retry", Attempts: 1 }), "one is leased and one scheduled", worker.Everything);
        worker.Freeze();
        await _harness.PutAsync(Envelopes.Of("evt_waiting", receiver.Url()));
        Move(-step);
        worker.Thaw();
    }

    private void Move(TimeSpan by)
    {
        var milliseconds = (long)by.TotalMilliseconds;
        _harness.Change($"""
            BEGIN IMMEDIATE;
            UPDATE messages SET enqueued_at = enqueued_at + {milliseconds}, due_at = due_at + {milliseconds}, visible_at = visible_at + {milliseconds};
            UPDATE recent_ids SET seen_at = seen_at + {milliseconds};
            COMMIT
            """);
    }
}
