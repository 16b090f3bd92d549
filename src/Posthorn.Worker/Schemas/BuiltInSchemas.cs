using Posthorn.Envelopes;

namespace Posthorn.Worker.Schemas;

/// <summary>A schema that comes with the product.</summary>
/// <param name="EventType">The event it is for.</param>
/// <param name="Description">What the event tells, in a sentence.</param>
/// <param name="SchemaJson">The schema's text.</param>
/// <param name="Schema">It, compiled.</param>
public sealed record BuiltInSchema(string EventType, string Description, string SchemaJson, EventSchema Schema);

/// <summary>The schemas that come with the product, those of the MoRAG webhooks: the stage family names its event in the body, the step family does not.</summary>
public static class BuiltInSchemas
{
    /// <summary>All of them, by event type.</summary>
    public static IReadOnlyDictionary<string, BuiltInSchema> All { get; } = new[]
    {
        Read("stage_completed", "A stage of a pipeline has ended, well or not.", "stage.json"),
        Read("pipeline_completed", "All stages of a pipeline have ended, well or not.", "stage.json"),
        Read("step_started", "A processing step has begun.", "step.json"),
        Read("step_completed", "A processing step has ended well.", "step.json"),
        Read("step_failed", "A processing step has failed.", "step.json"),
    }.ToDictionary(schema => schema.EventType, StringComparer.Ordinal);

    private static BuiltInSchema Read(string eventType, string description, string file)
    {
        using var stream = typeof(BuiltInSchemas).Assembly.GetManifestResourceStream("Posthorn.Schemas." + file)
            ?? throw new InvalidOperationException($"The program was built without {file}.");
        using var reader = new StreamReader(stream);
        var json = reader.ReadToEnd();
        var errors = new List<EnvelopeError>();
        var schema = EventSchema.Compile(json, errors) ?? throw new InvalidOperationException($"{file}: {string.Join("; ", errors)}");
        return new BuiltInSchema(eventType, description, json, schema);
    }
}
