namespace Posthorn.EndToEndTests.Faults;

[Collection(Alone.Name)]
public sealed class ProcessShutdownTests : IAsyncLifetime
{
    private readonly Harness _harness = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Fact]
    public async Task Fault_61_SIGTERM_under_load_drains_what_is_in_flight_and_leaves_the_rest_for_the_next_worker()
    {
        await using var receiver = await Receiver.StartSlowAsync(TimeSpan.FromMilliseconds(200));
        var ids = Envelopes.Ids("evt", 300);
        (await _harness.RunAsync("send", _harness.Write("load.ndjson", Envelopes.Lines(ids, receiver.Url())))).ExitCode.ShouldBe(0);
        var worker = await _harness.StartWorkerAsync();
        await Harness.UntilAsync(() => receiver.Count >= 50, "the load is under way", worker.Everything);

        var exitCode = await worker.TerminateAsync();

        exitCode.ShouldBe(0, worker.Everything());
        var delivered = receiver.Count;
        delivered.ShouldBeLessThan(300, "it stopped receiving");
        await _harness.StartWorkerAsync();
        await _harness.UntilQueueIsEmptyAsync();
        receiver.Ids.Order(StringComparer.Ordinal).ShouldBe(ids.Order(StringComparer.Ordinal), "each once: what was in flight was drained and settled");
    }

    [Fact]
    public async Task Fault_61_what_outlives_the_grace_is_released_and_delivered_by_the_next_worker()
    {
        await using var receiver = await Receiver.StartAsync(async (number, gone) =>
        {
            if (number == 1) await Task.Delay(TimeSpan.FromMinutes(1), gone);
            return 200;
        });
        var worker = await _harness.StartWorkerAsync("--delivery:shutdownGrace=00:00:01");
        await _harness.AcceptAsync(Envelopes.Of("evt_slow", receiver.Url()));
        await Harness.UntilAsync(() => receiver.Count == 1, "it is under way", worker.Everything);

        var exitCode = await worker.TerminateAsync();

        exitCode.ShouldBe(0, worker.Everything());
        await _harness.StartWorkerAsync();
        // The lock lasts a minute: only a released message comes before.
        await Harness.UntilAsync(() => receiver.Count == 2, "it is delivered again", patience: TimeSpan.FromSeconds(15));
        receiver.Ids.ShouldBe(["evt_slow", "evt_slow"]);
        await _harness.UntilQueueIsEmptyAsync();
    }

    [Fact]
    public async Task An_idle_worker_and_a_listener_end_at_once_with_exit_code_0()
    {
        var worker = await _harness.StartWorkerAsync();
        var listener = _harness.Start("listen", "--port", $"{Ports.Free()}");
        await Harness.UntilAsync(() => listener.Output.Contains("Listening", StringComparison.Ordinal), "the listener listens", listener.Everything);

        (await worker.TerminateAsync()).ShouldBe(0, worker.Everything());
        (await listener.TerminateAsync()).ShouldBe(0, listener.Everything());
        worker.Errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task Fault_62_a_second_SIGTERM_ends_it_without_waiting_for_the_grace_and_loses_nothing()
    {
        await using var receiver = await Receiver.StartAsync(async (number, gone) =>
        {
            if (number == 1) await Task.Delay(TimeSpan.FromMinutes(1), gone);
            return 200;
        });
        _harness.With("--queue:lockDuration=00:00:01");
        var worker = await _harness.StartWorkerAsync("--delivery:shutdownGrace=00:05:00");
        await _harness.AcceptAsync(Envelopes.Of("evt_slow", receiver.Url(), "papr-batch"));
        await Harness.UntilAsync(() => receiver.Count == 1, "it is under way", worker.Everything);

        worker.Terminate();
        await Harness.UntilAsync(() => worker.Output.Contains("Stopping", StringComparison.Ordinal), "it drains", worker.Everything);
        await Harness.UntilAsync(() => worker.HasExited || SignalAgain(worker), "a later signal ends it", worker.Everything, TimeSpan.FromSeconds(10));

        worker.ExitCode.ShouldBe(1, worker.Everything());
        await _harness.StartWorkerAsync();
        await _harness.UntilQueueIsEmptyAsync();
        receiver.Count.ShouldBe(2);
    }

    private static bool SignalAgain(PosthornProcess worker)
    {
        worker.Terminate();
        return false;
    }
}
