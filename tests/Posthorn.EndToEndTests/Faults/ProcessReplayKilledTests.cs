using Posthorn.Sqlite;

namespace Posthorn.EndToEndTests.Faults;

/// <summary>kill -9 in the middle of a replay, of a producer's request, and of an event's fan-out.</summary>
public sealed class ProcessReplayKilledTests : IAsyncLifetime
{
    private readonly Harness _harness = new Harness().With("--queue:lockDuration=00:00:01");

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Theory]
    [InlineData(QueuePoints.Replaying, true)] // Rolled back: it is still dead, and the rerun puts it back.
    [InlineData(QueuePoints.Replayed, false)] // Committed: it is back, and the rerun finds nothing to do.
    public async Task Fault_6_a_replay_that_was_killed_and_run_again_adds_one_copy(string point, bool isStillDead)
    {
        await using var receiver = new RawReceiver(number => number == 1 ? 410 : 200);
        await _harness.PutAsync(Envelopes.Of("evt_6", receiver.Url()));
        var worker = await _harness.StartArmedAsync($"{point}=kill");
        await _harness.UntilDeadAsync(1);

        await Should.ThrowAsync<HttpRequestException>(() => ReplayAsync(1));
        await worker.ShouldDieAsync();

        var left = _harness.OnlyCopy();
        (left.IsDead, left.Replays, left.Attempts).ShouldBe((isStillDead, isStillDead ? 0 : 1, 1), "its history stays");
        await _harness.StartWorkerAsync();
        (await ReplayAsync(1)).ShouldBe(isStillDead ? [1] : []);
        await _harness.UntilQueueIsEmptyAsync();
        (await ReplayAsync(1)).ShouldBeEmpty();
        receiver.Requests.Select(request => request["webhook-id"]).ShouldBe(["evt_6", "evt_6"]);
        _harness.Copies().ShouldBeEmpty();
    }

    [Theory]
    [InlineData(QueuePoints.Enqueuing, 0)]
    [InlineData(QueuePoints.Committing, 0)]
    [InlineData(QueuePoints.Enqueued, 1)]
    public async Task Fault_7_a_producer_that_was_not_answered_sends_again_and_there_is_one_copy(string point, int copies)
    {
        await using var receiver = new RawReceiver();
        var envelope = Envelopes.Of("evt_7", receiver.Url());
        var worker = await _harness.StartArmedAsync($"{point}=kill");

        await Should.ThrowAsync<HttpRequestException>(() => _harness.PostAsync(envelope));
        await worker.ShouldDieAsync();

        _harness.Copies().Count.ShouldBe(copies);
        _harness.ContentsShouldBe(copies);
        await _harness.StartWorkerAsync();
        var answer = await Harness.ReadJsonAsync(await _harness.PostAsync(envelope));
        (answer.GetProperty("accepted").GetInt32(), answer.GetProperty("duplicates").GetInt32()).ShouldBe((1, copies));
        await _harness.UntilQueueIsEmptyAsync();
        receiver.Requests.Select(request => request["webhook-id"]).ShouldBe(["evt_7"]);
    }

    [Fact]
    public async Task Fault_7_of_an_array_whose_worker_died_in_the_middle_nothing_is_accepted()
    {
        await using var receiver = new RawReceiver();
        var array = $"[{string.Join(',', Envelopes.Ids("evt", 3).Select(id => Envelopes.Of(id, receiver.Url())))}]";
        var worker = await _harness.StartArmedAsync($"{QueuePoints.Enqueuing}=kill@2");

        await Should.ThrowAsync<HttpRequestException>(() => _harness.PostAsync(array));
        await worker.ShouldDieAsync();

        _harness.Copies().ShouldBeEmpty();
        _harness.ContentsShouldBe(0);
    }

    [Theory]
    [InlineData(QueuePoints.Replacing, 1)]
    [InlineData(QueuePoints.Enqueuing, 3)] // The event's own is the first.
    public async Task Fault_4_an_event_killed_in_its_fan_out_goes_to_each_endpoint_once(string point, int hit)
    {
        await using var consumer = await Consumer.StartAsync();
        var worker = await _harness.StartArmedAsync($"{point}=kill@{hit}");
        for (var n = 1; n <= 3; n++) await _harness.RegisterAsync(consumer.Url($"/{n}"), "storm.*");

        await TryPublishAsync();
        await worker.ShouldDieAsync();

        _harness.OnlyCopy().Id.ShouldBe("evt_fan.event");
        await _harness.StartWorkerAsync();
        (await TryPublishAsync()).ShouldBeTrue("what was not answered is sent again");
        await Harness.UntilAsync(() => consumer.Events.Count >= 3, "each has it", _harness.DescribeProcesses);
        await _harness.UntilQueueIsEmptyAsync();
        consumer.Events.Select(request => request.RequestLine.Split(' ')[1]).Order(StringComparer.Ordinal).ShouldBe(["/1", "/2", "/3"]);
        consumer.Events.Select(request => request["webhook-id"]).Distinct().ShouldBe(["evt_fan"]);
    }

    private async Task<IReadOnlyList<int>> ReplayAsync(int sequence)
    {
        var answer = await _harness.CallAsync("POST /api/dead-letters/replay", $$"""{"sequences":[{{sequence}}]}""");
        ((int)answer.Status).ShouldBe(200, answer.Text);
        return [.. answer.Json.Items("sequences").Select(each => each.GetInt32())];
    }

    /// <summary>Publishes; the worker may die before it answers.</summary>
    private async Task<bool> TryPublishAsync()
    {
        try
        {
            await _harness.PublishAsync("""{"id":"evt_fan","type":"storm.came","data":{"n":1} }""");
            return true;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
