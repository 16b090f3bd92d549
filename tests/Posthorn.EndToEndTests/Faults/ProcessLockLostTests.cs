namespace Posthorn.EndToEndTests.Faults;

/// <summary>The lock ends while the receiver holds the request, as the whole process stood still: what it answered is not asked for twice.</summary>
public sealed class ProcessLockLostTests : IAsyncLifetime
{
    private readonly Harness _harness = new Harness().With("--queue:lockDuration=00:00:01").WithFastProfile("00:00:00.2");
    private readonly TaskCompletionSource<int> _held = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Fact]
    public async Task Fault_9_a_2xx_that_came_while_the_worker_stood_still_is_not_asked_for_again()
    {
        await using var receiver = await Receiver.StartAsync((_, gone) => _held.Task.WaitAsync(gone));
        var worker = await FreezePastTheLockAsync(receiver);

        _held.SetResult(200);
        worker.Thaw();

        await _harness.UntilQueueIsEmptyAsync();
        receiver.Ids.ShouldBe(["evt_9"]);
        _harness.Copies().ShouldBeEmpty();
    }

    [Fact]
    public async Task Fault_9_a_2xx_that_comes_after_the_message_was_leased_again_settles_that_lease()
    {
        await using var receiver = await Receiver.StartAsync((_, gone) => _held.Task.WaitAsync(gone));
        var worker = await FreezePastTheLockAsync(receiver);

        worker.Thaw();
        await Harness.UntilAsync(() => _harness.OnlyCopy().DeliveryCount == 2, "it is leased again", worker.Everything);
        _held.SetResult(200);

        await _harness.UntilQueueIsEmptyAsync();
        receiver.Ids.ShouldBe(["evt_9"]);
        _harness.Copies().ShouldBeEmpty();
    }

    [Fact]
    public async Task Fault_9_a_failure_whose_lock_was_lost_is_retried_once_and_not_forgotten()
    {
        await using var receiver = await Receiver.StartAsync((number, gone) => number == 1 ? _held.Task.WaitAsync(gone) : Task.FromResult(410));
        var worker = await FreezePastTheLockAsync(receiver);

        worker.Thaw();
        await Harness.UntilAsync(() => _harness.OnlyCopy().DeliveryCount == 2, "it is leased again", worker.Everything);
        _held.SetResult(500);

        await _harness.UntilDeadAsync(1);
        (_harness.OnlyCopy() is { Reason: "EndpointGone", AttemptsMade: 2, Attempts: 2 }).ShouldBeTrue(_harness.OnlyCopy().ToString());
        receiver.Ids.ShouldBe(["evt_9", "evt_9"]);
    }

    /// <summary>A worker that stands still with a request under way, until its lock on the message is over.</summary>
    private async Task<PosthornProcess> FreezePastTheLockAsync(Receiver receiver)
    {
        var worker = await _harness.StartWorkerAsync();
        await _harness.AcceptAsync(Envelopes.Of("evt_9", receiver.Url(), "fast"));
        await Harness.UntilAsync(() => receiver.Count == 1, "it is under way", worker.Everything);
        worker.Freeze();
        await Harness.UntilAsync(() => !_harness.OnlyCopy().IsHidden, "its lock is over", worker.Everything);
        return worker;
    }
}
