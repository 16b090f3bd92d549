using System.Net;

namespace Posthorn.EndToEndTests.Faults;

/// <summary>The machine is the limit: memory, descriptors, threads.</summary>
[Collection(Alone.Name)]
public sealed class OperationsLoadTests(ITestOutputHelper output) : IAsyncLifetime
{
    private readonly Harness _harness = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Fact]
    public async Task Fault_63_the_largest_bodies_one_after_the_other_leave_the_memory_as_it_was()
    {
        const int Round = 80;
        await using var receiver = await Receiver.StartAsync();
        receiver.KeepsBodies = false;
        var worker = await _harness.StartWorkerAsync();
        var body = $"\"{new string('x', 1_040_000)}\"";
        var peaks = new List<long>();

        for (var round = 1; round <= 4; round++)
        {
            await Parallel.ForEachAsync(
                Envelopes.Ids($"evt{round}", Round),
                new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = TestContext.Current.CancellationToken },
                async (id, _) => await _harness.AcceptAsync(Envelopes.Of(id, receiver.Url(), data: body)));
            await Harness.UntilAsync(() => receiver.Count >= round * Round, "a round of the largest is delivered", worker.Everything);
            peaks.Add(worker.Mebibytes("VmHWM"));
        }

        output.WriteLine($"the peak after each round, in MiB: {string.Join(' ', peaks)}; now {worker.Mebibytes("VmRSS")}");
        receiver.Count.ShouldBe(4 * Round);
        (peaks[3] - peaks[1]).ShouldBeLessThan(Round / 2, "it does not grow with what went through");
        peaks[3].ShouldBeLessThan(400);
    }

    [Fact]
    public async Task Fault_64_when_descriptors_run_out_the_worker_lives_and_delivers_everything_in_the_end()
    {
        const int Room = 150; // Some 60 of them are kept back, and the threads of a busy worker take as many.
        _harness.WithFastProfile([.. Enumerable.Repeat("00:00:01", 50)]).With("--delivery:maxInFlight=600", "--delivery:maxInFlightPerDestination=300");
        _harness.Environment["LOG_LEVEL"] = "Warning";
        var idle = await _harness.StartWorkerAsync();
        _harness.OpenFiles = idle.OpenFiles + Room;
        await idle.TerminateAsync();
        var receivers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Receiver.StartSlowAsync(TimeSpan.FromSeconds(0.3))));
        var envelopes = receivers.SelectMany((receiver, n) => Envelopes.Ids($"evt{n}", 50).Select(id => Envelopes.Of(id, receiver.Url(), "fast"))).ToList();

        var worker = await _harness.StartWorkerAsync();
        await _harness.AcceptAsync([.. envelopes]);
        await _harness.UntilQueueIsEmptyOrAwayAsync();

        worker.HasExited.ShouldBeFalse(worker.Everything());
        worker.Output.ShouldContain("too many open files", Case.Insensitive);
        (await _harness.CallAsync("GET /healthz")).Status.ShouldBe(HttpStatusCode.OK);
        (await _harness.QueueCountsAsync()).GetProperty("dead").GetInt64().ShouldBe(0);
        receivers.SelectMany(receiver => receiver.Ids).Distinct().Count().ShouldBe(envelopes.Count);
        foreach (var receiver in receivers) await receiver.DisposeAsync();
    }

    [Fact]
    public async Task Fault_65_with_two_threads_the_locks_of_slow_requests_are_renewed()
    {
        HaveTwoThreads();
        _harness.With("--queue:lockDuration=00:00:02");
        var receivers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Receiver.StartSlowAsync(TimeSpan.FromSeconds(3))));
        await _harness.StartWorkerAsync();

        await _harness.AcceptAsync([.. receivers.SelectMany((receiver, n) => Envelopes.Ids($"evt{n}", 4).Select(id => Envelopes.Of(id, receiver.Url())))]);
        await _harness.UntilQueueIsEmptyAsync();

        foreach (var receiver in receivers)
        {
            receiver.Ids.Distinct().Count().ShouldBe(4);
            receiver.Count.ShouldBe(4, "no lock ran out, so nothing came twice");
            await receiver.DisposeAsync();
        }
    }

    [Fact]
    public async Task Fault_65_when_no_thread_is_left_to_renew_a_lock_its_message_comes_again()
    {
        HaveTwoThreads();
        _harness.Environment["POSTHORN_FAILPOINTS"] = "send.answered=pause:2500@1-4"; // Both threads stand still, twice.
        _harness.With("--queue:lockDuration=00:00:01");
        await using var receiver = await Receiver.StartAsync();
        var worker = await _harness.StartWorkerAsync();
        var ids = Envelopes.Ids("evt", 20);

        await _harness.AcceptAsync([.. ids.Select(id => Envelopes.Of(id, receiver.Url()))]);
        await Harness.UntilAsync(() => worker.Output.Contains("the lock was lost", StringComparison.Ordinal), "a lock was lost", worker.Everything);
        await _harness.UntilQueueIsEmptyAsync();

        receiver.Ids.Distinct().Order(StringComparer.Ordinal).ShouldBe(ids.Order(StringComparer.Ordinal));
        (await _harness.QueueCountsAsync()).GetProperty("dead").GetInt64().ShouldBe(0);
        (await _harness.CallAsync("GET /healthz")).Status.ShouldBe(HttpStatusCode.OK);
    }

    private void HaveTwoThreads()
    {
        _harness.Environment["DOTNET_ThreadPool_ForceMinWorkerThreads"] = "1";
        _harness.Environment["DOTNET_ThreadPool_ForceMaxWorkerThreads"] = "2";
    }
}
