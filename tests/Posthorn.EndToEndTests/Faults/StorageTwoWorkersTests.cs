namespace Posthorn.EndToEndTests.Faults;

/// <summary>Two workers on one file: no message is leased by both.</summary>
public sealed class StorageTwoWorkersTests : IAsyncLifetime
{
    private readonly Harness _harness = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Fact]
    public async Task Fault_22_two_workers_that_start_at_once_on_no_file_share_it_and_deliver_each_envelope_once()
    {
        await using var receiver = await Receiver.StartSlowAsync(TimeSpan.FromMilliseconds(30));
        var ids = Envelopes.Ids("evt", 1000);
        var workers = await Task.WhenAll(_harness.StartWorkerAsync(), _harness.StartWorkerAtAsync(Ports.Free()));

        (await _harness.RunAsync("send", _harness.Write("load.ndjson", Envelopes.Lines(ids, receiver.Url())))).ExitCode.ShouldBe(0);

        await _harness.UntilQueueIsEmptyAsync();
        receiver.Ids.Order(StringComparer.Ordinal).ShouldBe(ids.Order(StringComparer.Ordinal));
        workers.ShouldAllBe(worker => worker.Output.Contains("delivered", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Fault_22_when_one_of_two_workers_is_killed_the_other_takes_over_and_repeats_only_what_was_in_flight()
    {
        const int MaxInFlight = 8;
        _harness.With("--queue:lockDuration=00:00:01", $"--delivery:maxInFlight={MaxInFlight}");
        await using var receiver = await Receiver.StartSlowAsync(TimeSpan.FromMilliseconds(30));
        var ids = Envelopes.Ids("evt", 400);
        await _harness.PutAsync([.. ids.Select(id => Envelopes.Of(id, receiver.Url()))]);
        var workers = await Task.WhenAll(_harness.StartWorkerAsync(), _harness.StartWorkerAtAsync(Ports.Free()));
        await Harness.UntilAsync(() => workers.All(worker => worker.Output.Contains("delivered", StringComparison.Ordinal)), "both deliver", _harness.DescribeProcesses);

        await workers[1].KillAsync();

        await _harness.UntilQueueIsEmptyAsync();
        receiver.Ids.Distinct().Order(StringComparer.Ordinal).ShouldBe(ids.Order(StringComparer.Ordinal));
        receiver.Count.ShouldBeInRange(ids.Count, ids.Count + MaxInFlight);
    }
}
