using Posthorn.Diagnostics;
using Posthorn.Sqlite;

namespace Posthorn.EndToEndTests.Faults;

/// <summary>kill -9 at a named point between taking a message and settling it; the next worker finds one copy, in one place.</summary>
public sealed class ProcessKilledTests : IAsyncLifetime
{
    private readonly Harness _harness = new Harness().With("--queue:lockDuration=00:00:02").WithFastProfile("00:00:00.2", "00:00:00.2");

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Fact]
    public async Task Fault_1_what_a_killed_worker_had_leased_comes_back_when_its_lock_ends()
    {
        var held = new TaskCompletionSource<int>();
        await using var receiver = await Receiver.StartAsync((_, gone) => held.Task.WaitAsync(gone));
        await _harness.PutAsync(Envelopes.Of("evt_1", receiver.Url()));

        await _harness.DieAtAsync(FailPoint.Leased);

        var left = _harness.OnlyCopy();
        (left.Id, left.DeliveryCount, left.AttemptsMade, receiver.Count).ShouldBe(("evt_1", 1, 0, 0));
        await _harness.StartWorkerAsync();
        await Harness.UntilAsync(() => receiver.Count == 1, "it is delivered", _harness.DescribeProcesses);
        _harness.OnlyCopy().DeliveryCount.ShouldBe(2);
        held.SetResult(200);
        await _harness.UntilQueueIsEmptyAsync();
        receiver.Ids.ShouldBe(["evt_1"]);
    }

    [Fact]
    public async Task Fault_2_a_request_that_died_with_its_worker_is_made_again_under_the_same_id()
    {
        await using var receiver = await Receiver.StartAsync(async (number, gone) =>
        {
            if (number == 1) await Task.Delay(Timeout.Infinite, gone);
            return 200;
        });
        var worker = await _harness.StartWorkerAsync();
        await _harness.AcceptAsync(Envelopes.Of("evt_2", receiver.Url()));
        await Harness.UntilAsync(() => receiver.Count == 1, "it is under way", worker.Everything);

        await worker.KillAsync();

        (_harness.OnlyCopy() is { DeliveryCount: 1, AttemptsMade: 0, IsDead: false }).ShouldBeTrue();
        await _harness.StartWorkerAsync();
        await _harness.UntilQueueIsEmptyAsync();
        receiver.Ids.ShouldBe(["evt_2", "evt_2"]);
        receiver.Requests.Select(request => request.Text).Distinct().ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData(FailPoint.Answered)]
    [InlineData(QueuePoints.Completing)]
    public async Task Fault_3_killed_after_a_2xx_and_before_it_is_settled_the_message_is_delivered_again(string point)
    {
        await using var receiver = new RawReceiver();
        await _harness.PutAsync(Envelopes.Of("evt_3", receiver.Url()));

        await _harness.DieAtAsync(point);

        receiver.Requests.Count.ShouldBe(1);
        (_harness.OnlyCopy() is { DeliveryCount: 1, AttemptsMade: 0, IsDead: false }).ShouldBeTrue();
        await _harness.StartWorkerAsync();
        await _harness.UntilQueueIsEmptyAsync();
        receiver.Requests.Select(request => request["webhook-id"]).ShouldBe(["evt_3", "evt_3"]);
        _harness.ContentsShouldBe(0);
    }

    [Theory]
    [InlineData(QueuePoints.Retrying, 1, 0)] // The retry is rolled back: the lease stands, the attempt is not spent.
    [InlineData(FailPoint.Settled, 0, 1)] // It is committed: a new copy, with its attempt.
    public async Task Fault_4_killed_around_the_commit_of_a_retry_one_copy_survives(string point, int deliveryCount, int attempts)
    {
        await using var receiver = new RawReceiver(number => number < 3 ? 500 : 200);
        await _harness.PutAsync(Envelopes.Of("evt_4", receiver.Url(), "fast"));

        await _harness.DieAtAsync(point);

        var left = _harness.OnlyCopy();
        (left.IsDead, left.DeliveryCount, left.AttemptsMade, left.Attempts).ShouldBe((false, deliveryCount, attempts, attempts));
        receiver.Requests.Count.ShouldBe(1);
        await _harness.StartWorkerAsync();
        await _harness.UntilQueueIsEmptyAsync();
        receiver.Requests.Select(request => request["webhook-id"]).ShouldBe(["evt_4", "evt_4", "evt_4"]);
        _harness.Copies().ShouldBeEmpty();
    }

    [Fact]
    public async Task Fault_5_killed_between_the_two_halves_of_a_burial_the_message_is_on_the_queue_only()
    {
        await using var receiver = new RawReceiver(_ => 410);
        await _harness.PutAsync(Envelopes.Of("evt_5", receiver.Url()));

        await _harness.DieAtAsync(QueuePoints.Burying);

        (_harness.OnlyCopy() is { DeliveryCount: 1, AttemptsMade: 0, IsDead: false }).ShouldBeTrue();
        await _harness.StartWorkerAsync();
        await _harness.UntilDeadAsync(1);
        (_harness.OnlyCopy() is { Reason: "EndpointGone", DeliveryCount: 2, AttemptsMade: 1, Attempts: 1 }).ShouldBeTrue(_harness.OnlyCopy().ToString());
        receiver.Requests.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Fault_5_killed_after_a_burial_the_message_is_dead_only()
    {
        await using var receiver = new RawReceiver(_ => 410);
        await _harness.PutAsync(Envelopes.Of("evt_5", receiver.Url()));

        await _harness.DieAtAsync(FailPoint.Settled);

        (_harness.OnlyCopy() is { Reason: "EndpointGone", DeliveryCount: 1, AttemptsMade: 1, Attempts: 1 }).ShouldBeTrue();
        await _harness.StartWorkerAsync();
        await _harness.AcceptAsync(Envelopes.Of("evt_next", receiver.Url()));
        await _harness.UntilDeadAsync(2);
        receiver.Requests.Select(request => request["webhook-id"]).ShouldBe(["evt_5", "evt_next"]);
    }
}
