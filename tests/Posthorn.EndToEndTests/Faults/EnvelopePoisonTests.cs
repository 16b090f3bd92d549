using System.Net;

namespace Posthorn.EndToEndTests.Faults;

/// <summary>A message that the worker cannot get to the end of.</summary>
public sealed class EnvelopePoisonTests : IAsyncLifetime
{
    private readonly Harness _harness = new Harness().With("--queue:lockDuration=00:00:01", "--queue:maxDeliveryCount=3");

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Fact]
    public async Task Fault_51_a_message_that_crashes_the_handler_is_given_up_and_its_neighbours_are_delivered()
    {
        // Answers come in an order of the test's: five neighbours, then three times the poison, which crashes, then the other neighbours.
        _harness.Environment["POSTHORN_FAILPOINTS"] = "send.deciding=throw@6-8";
        var firstFive = new TaskCompletionSource();
        var poisonIsDead = new TaskCompletionSource();
        await using var neighbours = await Receiver.StartAsync(async (number, gone) =>
        {
            if (number > 5) await poisonIsDead.Task.WaitAsync(gone);
            return 200;
        });
        await using var poisoned = await Receiver.StartAsync(async (_, gone) =>
        {
            await firstFive.Task.WaitAsync(gone);
            return 200;
        });
        var worker = await _harness.StartWorkerAsync();

        await _harness.AcceptAsync([Envelopes.Of("evt_poison", poisoned.Url()), .. Envelopes.Ids("evt", 10).Select(id => Envelopes.Of(id, neighbours.Url()))]);
        await Harness.UntilAsync(async () => await LeftAsync() == 6, "five are delivered", worker.Everything);
        firstFive.SetResult();
        await Harness.UntilAsync(async () => (await _harness.QueueCountsAsync()).GetProperty("dead").GetInt64() == 1, "the poison is given up", worker.Everything);
        poisonIsDead.SetResult();
        await _harness.UntilQueueIsEmptyAsync();

        var letter = (await _harness.CallAsync("GET /api/dead-letters/evt_poison")).Json;
        letter.Text("reason").ShouldBe("MaxDeliveryCountExceeded");
        letter.GetProperty("delivery_count").GetInt32().ShouldBe(3);
        poisoned.Ids.ShouldBe(["evt_poison", "evt_poison", "evt_poison"]);
        neighbours.Ids.Order(StringComparer.Ordinal).ShouldBe(Envelopes.Ids("evt", 10).Order(StringComparer.Ordinal), "each neighbour once");
        worker.Output.ShouldContain("evt_poison: the handler crashed at delivery 3");
    }

    [Fact]
    public async Task Fault_51_while_every_handler_crashes_the_worker_is_alive_and_nothing_is_lost()
    {
        _harness.Environment["POSTHORN_FAILPOINTS"] = "send.deciding=throw@1-40";
        _harness.Settings.Add("--queue:maxDeliveryCount=10");
        await using var receiver = await Receiver.StartAsync();
        var worker = await _harness.StartWorkerAsync();

        await _harness.AcceptAsync([.. Envelopes.Ids("evt", 20).Select(id => Envelopes.Of(id, receiver.Url()))]);

        await Harness.UntilAsync(() => receiver.Count >= 40, "every one crashed twice, or so", worker.Everything);
        (await _harness.CallAsync("GET /healthz")).Status.ShouldBe(HttpStatusCode.OK);
        await _harness.UntilQueueIsEmptyAsync();
        receiver.Ids.Distinct().Count().ShouldBe(20);
        receiver.Count.ShouldBe(60);
        (await _harness.QueueCountsAsync()).GetProperty("dead").GetInt64().ShouldBe(0);
    }

    private async Task<long> LeftAsync()
    {
        var counts = await _harness.QueueCountsAsync();
        return new[] { "active", "scheduled", "locked" }.Sum(name => counts.GetProperty(name).GetInt64());
    }
}
