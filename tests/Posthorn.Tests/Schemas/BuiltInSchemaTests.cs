using Posthorn.Tests.Support;
using Posthorn.Worker.Schemas;

namespace Posthorn.Tests.Schemas;

/// <summary>The schemas of the MoRAG webhooks, and the example bodies of their document.</summary>
public class BuiltInSchemaTests
{
    public static TheoryData<string> Examples => [.. Directory.EnumerateFiles(Folder(), "*.json").Select(Path.GetFileNameWithoutExtension).OfType<string>()];

    [Theory]
    [MemberData(nameof(Examples))]
    public void Every_example_of_the_document_is_accepted(string name) =>
        Of(name.Split('.')[0]).Errors(File.ReadAllText(Path.Combine(Folder(), name + ".json"))).ShouldBeEmpty();

    [Fact]
    public void Every_event_type_has_a_schema_with_its_text_and_a_description()
    {
        BuiltInSchemas.All.Keys.ShouldBe(["stage_completed", "pipeline_completed", "step_started", "step_completed", "step_failed"], ignoreOrder: true);
        BuiltInSchemas.All.Values.ShouldAllBe(each => each.Description.EndsWith('.') && each.SchemaJson.StartsWith('{'));
        BuiltInSchemas.All["stage_completed"].SchemaJson.ShouldContain("\"Stage webhook\"");
        BuiltInSchemas.All["step_failed"].SchemaJson.ShouldContain("\"Step webhook\"");
    }

    [Fact]
    public void A_completed_stage_includes_its_stage() =>
        Of("stage_completed").Errors("""{"event":"stage_completed","timestamp":"2024-01-01T10:01:00Z"}""").ShouldBe(["$.data.stage: is required"]);

    [Fact]
    public void A_completed_pipeline_includes_its_pipeline() =>
        Of("pipeline_completed").Errors("""{"event":"pipeline_completed","timestamp":"2024-01-01T10:01:00Z","stage":{}}""").ShouldBe(["$.data.pipeline: is required"]);

    [Fact]
    public void Every_fault_of_a_stage_body_is_named() =>
        Of("stage_completed").Errors(
            """
            {"event":"stage_done","timestamp":"2024-01-01 10:01","stage":{"type":"one","status":1,"execution_time":"15s","error_message":false},
             "pipeline":{"success":"yes","total_execution_time":null,"stages_completed":1.5,"stages_failed":[]},
             "files":{"input_files":["a","b",3],"output_files":"x"},"context":{"source_path":null,"output_dir":{}}}
            """).ShouldBe(
            [
                "$.data.event: is 'stage_done'; it is one of 'stage_completed', 'pipeline_completed'",
                "$.data.timestamp: is '2024-01-01 10:01'; it is a date-time of RFC 3339, such as 2026-01-31T12:00:00Z",
                "$.data.stage.type: is 'one'; it is an integer",
                "$.data.stage.status: is 1; it is a string",
                "$.data.stage.execution_time: is '15s'; it is a number",
                "$.data.stage.error_message: is false; it is a string or null",
                "$.data.pipeline.success: is 'yes'; it is true or false",
                "$.data.pipeline.total_execution_time: is null; it is a number",
                "$.data.pipeline.stages_completed: is 1.5; it is an integer",
                "$.data.pipeline.stages_failed: is an array; it is an integer",
                "$.data.files.input_files[2]: is 3; it is a string",
                "$.data.files.output_files: is 'x'; it is an array",
                "$.data.context.source_path: is null; it is a string",
                "$.data.context.output_dir: is an object; it is a string",
            ]);

    [Fact]
    public void Every_fault_of_a_step_body_is_named() =>
        Of("step_failed").Errors("""{"document_id":7,"step":"","status":"lost","progress_percent":100.5,"timestamp":"2024-01-15T10:30:00","data":[],"error_message":1}""").ShouldBe(
            [
                "$.data.task_id: is required",
                "$.data.document_id: is 7; it is a string or null",
                "$.data.status: is 'lost'; it is one of 'started', 'completed', 'failed'",
                "$.data.progress_percent: is 100.5; it is at most 100",
                "$.data.timestamp: is '2024-01-15T10:30:00'; it is a date-time of RFC 3339, such as 2026-01-31T12:00:00Z",
                "$.data.data: is an array; it is an object",
                "$.data.error_message: is 1; it is a string or null",
            ]);

    [Theory]
    [InlineData("[]", "an array")]
    [InlineData("null", "null")]
    [InlineData("\"text\"", "'text'")]
    [InlineData("-0.5", "-0.5")]
    [InlineData("true", "true")]
    public void Data_that_is_no_object_is_told_so_once(string data, string shown)
    {
        Of("stage_completed").Errors(data).ShouldBe([$"$.data: is {shown}; it is an object"]);
        Of("step_started").Errors(data).ShouldBe([$"$.data: is {shown}; it is an object"]);
    }

    private static EventSchema Of(string eventType) => BuiltInSchemas.All[eventType].Schema;

    private static string Folder() => Given.PathOf("Schemas/Examples");
}
