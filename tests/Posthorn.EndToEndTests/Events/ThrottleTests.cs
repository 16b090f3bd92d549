namespace Posthorn.EndToEndTests.Events;

/// <summary>seeds/004 sends <c>job.progress</c> at most once per 10 s and job; seeds/001 sends progress at its milestones.</summary>
[Collection(Alone.Name)]
public sealed class ThrottleTests : IAsyncLifetime
{
    private readonly Harness _harness = new();

    public async ValueTask InitializeAsync()
    {
        // The rule of the profile with a shorter window, as a host.json would say it.
        _harness.Write("host.json", """{ "profiles": { "proposal": { "verifiesEndpoints": false, "throttle": { "job.progress": { "window": "00:00:02" } } } } }""");
        await _harness.StartWorkerAsync();
    }

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Fact]
    public async Task Progress_goes_out_once_a_window_and_job_and_the_newest_one_arrives()
    {
        await using var consumer = await Consumer.StartAsync();
        await _harness.RegisterAsync($$"""{"url":"{{consumer.Url()}}","events":["job.progress","job.completed"],"secret":"s"}""");
        var began = DateTimeOffset.UtcNow;

        // 1. The first goes out at once.
        await _harness.PublishAsync(Progress("a-0", "job_a", began, 0));
        await Harness.UntilAsync(() => consumer.Requests.Count == 1, "the first", _harness.DescribeProcesses);

        // 2. Of many more only the newest, however they come; another job and another type wait for none of them.
        await _harness.PublishAsync([.. new[] { 3, 9, 1, 7, 5 }.Select(n => Progress($"a-{n}", "job_a", began, n)), Progress("b-1", "job_b", began, 1)]);
        await _harness.PublishAsync("""{"id":"done","type":"job.completed","data":{"job_id":"job_a"}}""");
        await Harness.UntilAsync(() => consumer.Requests.Count == 4, "the newest, the other job and the other type", _harness.DescribeProcesses);
        await _harness.UntilQueueIsEmptyAsync();

        var ids = consumer.Requests.Select(each => Consumer.Json(each).Text("id")).ToList();
        ids.ShouldBe(["a-0", "b-1", "done", "a-9"], ignoreOrder: true);
        ids[0].ShouldBe("a-0");
        ids[3].ShouldBe("a-9");
        consumer.Requests[3].Since(consumer.Requests[0]).ShouldBeInRange(TimeSpan.FromSeconds(1.8), TimeSpan.FromSeconds(6));
        foreach (var n in new[] { 1, 3, 5, 7 })
        {
            var kept = await _harness.UntilDeliveryIsAsync($"a-{n}", "dropped");
            kept.Text("reason").ShouldBe("Throttled");
        }
    }

    [Fact]
    public async Task Task_progress_goes_out_at_the_milestones_of_seeds_001()
    {
        await using var consumer = await Consumer.StartAsync();
        await _harness.RegisterAsync(consumer.Url(), "task_progress", ""","secret":"s" """);

        foreach (var progress in new[] { "0.1", "0.25", "0.3", "0.55", "0.6", "0.8", "0.9", "1.0" })
        {
            await _harness.PublishAsync($$"""{"id":"evt_{{progress.Replace('.', '_')}}","type":"task_progress","data":{"task_id":"abc123","status":"progress","progress":{{progress}},"message":"Processing..."} }""");
            await _harness.UntilRecordedAsync($"evt_{progress.Replace('.', '_')}");
        }

        await _harness.UntilQueueIsEmptyAsync();
        var bodies = consumer.Requests.Select(Consumer.Json).ToList();
        bodies.Select(each => each.GetProperty("data").GetProperty("progress").GetRawText()).ShouldBe(["0.25", "0.55", "0.8"], ignoreOrder: true);
        bodies.ShouldAllBe(each => each.Text("event_type") == "task_progress");
        (await _harness.UntilDeliveryIsAsync("evt_0_3", "dropped")).Text("reason").ShouldBe("Throttled");
    }

    [Fact]
    public async Task A_proposal_event_older_than_24_hours_is_dropped_and_the_log_says_so()
    {
        await using var consumer = await Consumer.StartAsync();
        await _harness.RegisterAsync($$"""{"url":"{{consumer.Url()}}","events":["job.failed"],"secret":"s"}""");

        await _harness.PublishAsync(
            $$"""{"id":"evt_old","type":"job.failed","time":"{{DateTimeOffset.UtcNow.AddHours(-25):O}}","data":{"job_id":"j"} }""",
            $$"""{"id":"evt_young","type":"job.failed","time":"{{DateTimeOffset.UtcNow.AddHours(-23):O}}","data":{"job_id":"j"} }""");

        await _harness.UntilDeliveryIsAsync("evt_young", "delivered");
        var old = await _harness.UntilDeliveryIsAsync("evt_old", "dropped");
        old.Text("reason").ShouldBe("Expired");
        old.Items("attempts").ShouldBeEmpty();
        consumer.Requests.Select(each => Consumer.Json(each).Text("id")).ShouldBe(["evt_young"]);
        (await _harness.DeadLettersAsync()).ShouldBeEmpty();
        (await _harness.CallAsync("GET /api/deliveries?status=dropped")).Json.Items("deliveries").Select(each => each.Text("event_id")).ShouldBe(["evt_old"]);
    }

    private static string Progress(string id, string job, DateTimeOffset began, int n) =>
        $$"""{"id":"{{id}}","type":"job.progress","time":"{{began.AddMilliseconds(n):O}}","data":{"job_id":"{{job}}","progress":{"completed":{{n}},"total":10,"percentage":{{n * 10}}} } }""";
}
