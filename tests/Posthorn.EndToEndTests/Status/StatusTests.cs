using System.Net;

namespace Posthorn.EndToEndTests.Status;

/// <summary>The status API of seeds/000 and seeds/001, with <c>Authorization: Bearer {api_key}</c> left to the tests of access.</summary>
public sealed class StatusTests(RunningWorker running) : IClassFixture<RunningWorker>
{
    private readonly Harness _harness = running.Harness;

    [Fact]
    public async Task A_task_is_followed_from_its_events()
    {
        await PublishTaskAsync("t-events", (id, type, time, data) => _harness.PublishAsync($$"""{"id":"{{id}}","type":"{{type}}","time":"{{time}}","data":{{data}} }"""));

        await CheckTaskAsync("t-events");
    }

    [Fact]
    public async Task A_task_is_followed_from_its_notifications()
    {
        await using var consumer = await Consumer.StartAsync();
        await PublishTaskAsync(
            "t-notified",
            (id, type, time, data) => _harness.AcceptAsync($$"""{"id":"{{id}}","type":"{{type}}","profile":"morag-task","time":"{{time}}","destination":{"url":"{{consumer.Url()}}"},"data":{{data}} }"""));
        await Harness.UntilAsync(() => consumer.Requests.Count == 3, "the notifications arrive", _harness.DescribeProcesses);

        await CheckTaskAsync("t-notified");
    }

    [Fact]
    public async Task The_order_is_that_of_the_events_times_however_they_come()
    {
        var now = DateTimeOffset.UtcNow;
        await _harness.PublishAsync(
            $$"""{"type":"task_completed","time":"{{now.AddSeconds(-1):O}}","data":{"task_id":"t-order","status":"completed"} }""",
            $$"""{"type":"task_started","time":"{{now.AddSeconds(-3):O}}","data":{"task_id":"t-order","status":"started"} }""");

        var history = await HistoryAsync("t-order", 2);

        history.ShouldBe(["task_started", "task_completed"]);
        (await _harness.CallAsync("GET /api/v1/status/t-order")).Json.Text("status").ShouldBe("completed");
    }

    [Fact]
    public async Task A_step_is_followed_by_its_task_id()
    {
        var (started, failed) = (Documents.One("step_started"), Documents.One("step_failed"));
        await _harness.PublishAsync($$"""{"type":"step_started","time":"{{At(-60)}}","data":{{started}} }""", $$"""{"type":"step_failed","time":"{{At(-30)}}","data":{{failed}} }""");

        (await HistoryAsync("task-abc-123-def", 2)).ShouldBe(["step_started", "step_failed"]);
        var current = (await _harness.CallAsync("GET /api/v1/status/task-abc-123-def")).Json;
        current.Text("status").ShouldBe("failed");
        current.GetProperty("progress").GetDouble().ShouldBe(10.0);
        current.GetProperty("error").GetString().ShouldBe("Unsupported file format: .xyz files cannot be processed");
    }

    [Theory]
    [InlineData("/path/to/input.pdf")]
    [InlineData("C:\\Files\\a b.pdf")]
    [InlineData("/100%/ü?#&+.pdf")]
    public async Task A_stage_is_followed_by_its_source_path_escaped(string path)
    {
        var source = System.Text.Json.JsonSerializer.Serialize(path);
        await _harness.PublishAsync(
            $$"""{"type":"stage_completed","time":"{{At(-60)}}","data":{"event":"stage_completed","timestamp":"2024-01-01T10:01:00Z","stage":{"type":1,"status":"completed"},"context":{"source_path":{{source}} } } }""",
            $$"""{"type":"pipeline_completed","time":"{{At(-30)}}","data":{"event":"pipeline_completed","timestamp":"2024-01-01T10:05:00Z","pipeline":{"success":true},"context":{"source_path":{{source}} } } }""");

        (await HistoryAsync(Uri.EscapeDataString(path), 2)).ShouldBe(["stage_completed", "pipeline_completed"]);
        var current = (await _harness.CallAsync($"GET /api/v1/status/{Uri.EscapeDataString(path)}")).Json;
        current.Text("task_id").ShouldBe(path);
        current.Text("event_type").ShouldBe("pipeline_completed");
    }

    [Fact]
    public async Task What_is_recent_is_shown_newest_first_within_the_hours_asked_for()
    {
        await _harness.PublishAsync(
            $$"""{"id":"evt_recent-1","type":"task_started","time":"{{At(-20)}}","data":{"task_id":"r-1"} }""",
            $$"""{"id":"evt_recent-2","type":"batch.completed","time":"{{At(-10)}}","data":{"batch_id":"r-2","status":"completed"} }""");
        await HistoryAsync("r-1", 1);
        await HistoryAsync("r-2", 1);

        var recent = (await _harness.CallAsync("GET /api/v1/status/events/recent?hours=24")).Json;

        recent.GetProperty("hours").GetDouble().ShouldBe(24);
        var ids = recent.Items("events").Select(each => each.Text("event_id")).ToList();
        ids.ShouldContain("evt_recent-1");
        ids.ShouldContain("evt_recent-2");
        foreach (var hours in new[] { "0", "-1", "x", "NaN", "1e9", "99999999999" })
            (await _harness.CallAsync($"GET /api/v1/status/events/recent?hours={hours}")).ShouldBeProblem(HttpStatusCode.BadRequest).Paths.ShouldBe(["hours"]);
    }

    [Fact]
    public async Task What_nobody_told_of_is_404()
    {
        (await _harness.CallAsync("GET /api/v1/status/nobody")).ShouldBeProblem(HttpStatusCode.NotFound);
        (await _harness.CallAsync("GET /api/v1/status/nobody/history")).ShouldBeProblem(HttpStatusCode.NotFound);
    }

    private static string At(int seconds) => DateTimeOffset.UtcNow.AddSeconds(seconds).ToString("O");

    /// <summary>The life of a task as seeds/001 prints it.</summary>
    private static async Task PublishTaskAsync(string task, Func<string, string, string, string, Task> publishAsync)
    {
        await publishAsync($"{task}-1", "task_started", At(-30), $$"""{"task_id":"{{task}}","status":"started","message":"Task processing started","metadata":{"source_type":"document"} }""");
        await publishAsync($"{task}-2", "task_progress", At(-20), $$"""{"task_id":"{{task}}","status":"progress","progress":0.5,"message":"Processing...","metadata":{"stage":"embedding_generation"} }""");
        await publishAsync($"{task}-3", "task_completed", At(-10), $$"""{"task_id":"{{task}}","status":"completed","message":"Task completed successfully","result":{"embeddings_stored":15},"metadata":{"source_type":"document"} }""");
    }

    private async Task CheckTaskAsync(string task)
    {
        (await HistoryAsync(task, 3)).ShouldBe(["task_started", "task_progress", "task_completed"]);
        var current = (await _harness.CallAsync($"GET /api/v1/status/{task}")).Json;
        current.Text("task_id").ShouldBe(task);
        current.Text("status").ShouldBe("completed");
        current.Text("message").ShouldBe("Task completed successfully");
        current.GetProperty("result").GetProperty("embeddings_stored").GetInt32().ShouldBe(15);
        current.GetProperty("metadata").Text("source_type").ShouldBe("document");
        var progress = (await _harness.CallAsync($"GET /api/v1/status/{task}/history")).Json.Items("history")[1];
        progress.GetProperty("progress").GetDouble().ShouldBe(0.5);
        progress.Text("event_id").ShouldBe($"{task}-2");
    }

    /// <summary>The types of a task's history, once it has so many.</summary>
    private async Task<IReadOnlyList<string>> HistoryAsync(string escaped, int count)
    {
        IReadOnlyList<string> types = [];
        await Harness.UntilAsync(
            async () =>
            {
                var answer = await _harness.CallAsync($"GET /api/v1/status/{escaped}/history");
                if (answer.Status == HttpStatusCode.OK) types = [.. answer.Json.Items("history").Select(each => each.Text("event_type"))];
                return types.Count >= count;
            },
            $"{escaped} has {count} entries",
            () => string.Join(", ", types));
        return types;
    }
}
