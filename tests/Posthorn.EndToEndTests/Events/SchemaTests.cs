using System.Net;

namespace Posthorn.EndToEndTests.Events;

/// <summary>The validator of seeds/000, and schemas of one's own.</summary>
public sealed class SchemaTests(RunningWorker running) : IClassFixture<RunningWorker>
{
    private readonly Harness _harness = running.Harness;

    [Theory]
    [InlineData("stage_completed")]
    [InlineData("pipeline_completed")]
    [InlineData("step_started")]
    [InlineData("step_completed")]
    [InlineData("step_failed")]
    public async Task The_bodies_that_seeds_000_prints_are_accepted(string type)
    {
        foreach (var (name, body) in Documents.Of(type))
        {
            var valid = await _harness.CallAsync("POST /api/events/validate", $$"""{"type":"{{type}}","data":{{body}} }""");
            var accepted = await _harness.CallAsync("POST /api/events", $$"""{"type":"{{type}}","data":{{body}} }""");

            valid.Status.ShouldBe(HttpStatusCode.OK, $"{name}: {valid.Text}");
            valid.Json.GetProperty("valid").GetBoolean().ShouldBeTrue();
            accepted.Status.ShouldBe(HttpStatusCode.Accepted, $"{name}: {accepted.Text}");
        }
    }

    [Fact]
    public async Task A_stage_body_that_fails_is_422_with_every_error_and_its_path()
    {
        var answer = await _harness.CallAsync(
            "POST /api/events",
            """
            [{"type":"stage_completed","data":{"event":"stage_completed","timestamp":"2024-01-01T10:01:00Z","stage":{"type":1}}},
             {"type":"stage_completed","data":{"event":"stage_done","timestamp":"yesterday","stage":{"type":"one","execution_time":"15s"},"files":{"input_files":["a",3]},"context":{"source_path":null}}},
             {"type":"pipeline_completed","data":{"event":"pipeline_completed","timestamp":"2024-01-01T10:01:00Z"}}]
            """);

        answer.ShouldBeProblem(HttpStatusCode.UnprocessableEntity).Paths.ShouldBe(
            [
                "$[1].data.event", "$[1].data.timestamp", "$[1].data.stage.type", "$[1].data.stage.execution_time", "$[1].data.files.input_files[1]", "$[1].data.context.source_path",
                "$[2].data.pipeline",
            ],
            ignoreOrder: true);
    }

    [Fact]
    public async Task A_step_body_that_fails_is_422_with_every_error_and_its_path()
    {
        const string Body = """{"id":"evt_step","type":"step_failed","data":{"document_id":7,"step":"x","status":"lost","progress_percent":100.5,"timestamp":"2024-01-15","data":[],"error_message":1}}""";
        string[] paths = ["$.data.task_id", "$.data.document_id", "$.data.status", "$.data.progress_percent", "$.data.timestamp", "$.data.data", "$.data.error_message"];

        var refused = await _harness.CallAsync("POST /api/events", Body);
        var judged = await _harness.CallAsync("POST /api/events/validate", Body);

        refused.ShouldBeProblem(HttpStatusCode.UnprocessableEntity).Paths.ShouldBe(paths, ignoreOrder: true);
        judged.ShouldBeProblem(HttpStatusCode.UnprocessableEntity).Paths.ShouldBe(paths, ignoreOrder: true);
    }

    [Fact]
    public async Task Validate_accepts_nothing()
    {
        await using var consumer = await Consumer.StartAsync();
        await _harness.RegisterAsync(consumer.Url(), "judged.only");

        var valid = await _harness.CallAsync("POST /api/events/validate", """{"id":"evt_judged","type":"judged.only","data":1}""");
        var wrong = await _harness.CallAsync("POST /api/events/validate", """{"id":"a b","type":"judged.only"}""");
        await _harness.PublishAsync("""{"id":"evt_judged","type":"judged.only","data":"another body"}""");

        valid.Status.ShouldBe(HttpStatusCode.OK);
        wrong.ShouldBeProblem(HttpStatusCode.BadRequest).Paths.ShouldBe(["$.id", "$.data"], ignoreOrder: true);
        await _harness.UntilDeliveryIsAsync("evt_judged", "delivered");
        consumer.Requests.ShouldHaveSingleItem().Text.ShouldBe("\"another body\"");
    }

    [Fact]
    public async Task A_registered_event_type_holds_its_data_against_its_own_schema()
    {
        const string Type = """{"description":"An order was paid.","schema":{"type":"object","required":["order_id"],"properties":{"order_id":{"type":"string"},"cents":{"type":"integer","minimum":1}}}}""";

        var put = await _harness.CallAsync("PUT /api/event-types/order.paid", Type);
        var good = await _harness.CallAsync("POST /api/events", """{"type":"order.paid","data":{"order_id":"o-1","cents":100}}""");
        var bad = await _harness.CallAsync("POST /api/events", """{"type":"order.paid","data":{"cents":0}}""");
        var listed = (await _harness.CallAsync("GET /api/event-types")).Json.Items("event_types");
        var removed = await _harness.CallAsync("DELETE /api/event-types/order.paid");
        var free = await _harness.CallAsync("POST /api/events", """{"type":"order.paid","data":{"cents":0}}""");

        put.Status.ShouldBe(HttpStatusCode.OK, put.Text);
        good.Status.ShouldBe(HttpStatusCode.Accepted, good.Text);
        bad.ShouldBeProblem(HttpStatusCode.UnprocessableEntity).Paths.ShouldBe(["$.data.order_id", "$.data.cents"], ignoreOrder: true);
        var own = listed.Single(each => each.Text("name") == "order.paid");
        own.GetProperty("built_in").GetBoolean().ShouldBeFalse();
        own.GetProperty("schema").GetProperty("required")[0].GetString().ShouldBe("order_id");
        listed.Where(each => each.GetProperty("built_in").GetBoolean()).Select(each => each.Text("name"))
            .ShouldBe(["pipeline_completed", "stage_completed", "step_completed", "step_failed", "step_started"]);
        removed.Status.ShouldBe(HttpStatusCode.NoContent);
        free.Status.ShouldBe(HttpStatusCode.Accepted, "without its schema it is any type");
    }

    [Theory]
    [InlineData("""{"schema":{"type":"nonsense"}}""", "$.schema")]
    [InlineData("""{"schema":[]}""", "$.schema")]
    [InlineData("""{"schema":{"pattern":"("}}""", "$.schema")]
    [InlineData("""{"shema":{}}""", "$.shema")]
    public async Task A_schema_that_cannot_be_used_is_400_with_its_path(string body, string path)
    {
        var answer = await _harness.CallAsync("PUT /api/event-types/order.broken", body);

        answer.ShouldBeProblem(HttpStatusCode.BadRequest).Paths.ShouldAllBe(each => each.StartsWith(path, StringComparison.Ordinal));
    }
}
