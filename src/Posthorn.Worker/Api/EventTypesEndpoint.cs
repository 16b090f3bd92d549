using System.Text;
using System.Text.Json;
using Posthorn.Endpoints;
using Posthorn.Envelopes;
using Posthorn.Worker.Api.Answers;
using Posthorn.Worker.Api.Requests;
using Posthorn.Worker.Schemas;

namespace Posthorn.Worker.Api;

/// <summary><c>/api/event-types</c>: event types with the JSON Schema of their data. They are everyone's, so only keys without a tenant change them.</summary>
public sealed class EventTypesEndpoint(EventTypeDirectory directory, IEndpointStore store, Audit audit, TimeProvider clock)
{
    private const int MaxBytes = 300 * 1024;

    /// <summary>All of them, the built-in ones too.</summary>
    public IResult List()
    {
        var registered = directory.All.Values.Select(Of);
        var builtIn = BuiltInSchemas.All.Values.Where(type => !directory.All.ContainsKey(type.EventType))
            .Select(type => new EventTypeAnswer { Name = type.EventType, Description = type.Description, Schema = Json(type.SchemaJson), BuiltIn = true });
        return Results.Json(new EventTypesAnswer([.. registered.Concat(builtIn).OrderBy(type => type.Name, StringComparer.Ordinal)]), AnswerJson.Default.EventTypesAnswer);
    }

    /// <summary>Registers or changes one.</summary>
    public async Task<IResult> PutAsync(HttpContext http, string name)
    {
        if (http.Caller().Tenant is not null) return Problem.Of(StatusCodes.Status403Forbidden, "Event types are everyone's; a key with a tenant cannot change them.");
        var (json, problem) = await RequestBody.ReadJsonAsync(http, maxBytes: MaxBytes);
        if (problem is not null) return problem;
        var errors = new List<EnvelopeError>();
        var type = EventTypeRequest.Read(name, json, clock.GetUtcNow(), errors);
        if (type?.Schema is { } schema && EventSchema.Compile(schema, errors) is null && errors.Count == 0) errors.Add(new EnvelopeError("$.schema", "is not a usable JSON Schema"));
        if (type is null || errors.Count > 0) return Problem.Invalid(errors);
        await store.PutEventTypeAsync(type, http.RequestAborted);
        await directory.RefreshAsync(http.RequestAborted);
        audit.Changed(http.Caller(), "registered the event type", name);
        return Results.Json(Of(type), AnswerJson.Default.EventTypeAnswer);
    }

    /// <summary>Removes one: 204. A built-in one cannot be removed, only changed.</summary>
    public async Task<IResult> DeleteAsync(HttpContext http, string name)
    {
        if (http.Caller().Tenant is not null) return Problem.Of(StatusCodes.Status403Forbidden, "Event types are everyone's; a key with a tenant cannot change them.");
        if (!await store.RemoveEventTypeAsync(name, http.RequestAborted)) return Problem.NotFound($"There is no registered event type {EnvelopeError.Shown(name)}.");
        await directory.RefreshAsync(http.RequestAborted);
        audit.Changed(http.Caller(), "removed the event type", name);
        return Results.NoContent();
    }

    private static EventTypeAnswer Of(EventType type) => new()
    {
        Name = type.Name,
        Description = type.Description,
        Schema = type.Schema is { } schema ? Json(schema) : null,
        BuiltIn = false,
        UpdatedAt = Rfc3339.Format(type.UpdatedAt),
    };

    private static JsonElement Json(string text)
    {
        using var document = JsonDocument.Parse(Encoding.UTF8.GetBytes(text));
        return document.RootElement.Clone();
    }
}
