using System.Text;
using Posthorn.Endpoints;
using Posthorn.Envelopes;
using Posthorn.Events;

namespace Posthorn.Worker.Api.Requests;

/// <summary>An event type as it is registered.</summary>
/// <param name="Description">What it tells.</param>
/// <param name="Schema">The JSON Schema of its data; any data when left out.</param>
public sealed record EventTypeRequest(string? Description, ReadOnlyMemory<byte>? Schema)
{
    private const int MaxDescription = 1024;

    internal static EventType? Read(string name, ReadOnlyMemory<byte> json, DateTimeOffset now, List<EnvelopeError> errors)
    {
        var notes = new FieldNotes(errors);
        notes.CheckType("$.name", name);
        if (OperationalTypes.All.Contains(name)) notes.Add("$.name", $"'{name}' is published by Posthorn alone");
        var request = JsonFields.Read(json, "an event type", fields =>
        {
            fields.AcceptOnly("description", "schema");
            return new EventTypeRequest(fields.Text("description"), fields.Raw("schema"));
        }, errors);
        if (request?.Description?.Length > MaxDescription) notes.Add("$.description", $"has {request.Description.Length} characters; at most {MaxDescription} are accepted");
        if (request is null || errors.Count > 0) return null;
        return new EventType { Name = name, Description = request.Description, Schema = request.Schema is { } schema ? Encoding.UTF8.GetString(schema.Span) : null, UpdatedAt = now };
    }
}
