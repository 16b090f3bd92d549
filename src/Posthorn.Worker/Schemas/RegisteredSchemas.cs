using System.Collections.Concurrent;
using Posthorn.Endpoints;
using Posthorn.Envelopes;
using Posthorn.Events;

namespace Posthorn.Worker.Schemas;

/// <summary>The schemas of event types: a registered one, else the built-in one of that type.</summary>
public sealed class RegisteredSchemas(EventTypeDirectory directory) : IEventValidator
{
    private readonly ConcurrentDictionary<string, (string Text, EventSchema? Schema)> _compiled = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public IReadOnlyList<EnvelopeError> Validate(string type, ReadOnlyMemory<byte> data)
    {
        if (!directory.All.TryGetValue(type, out var registered)) return BuiltInSchemas.All.TryGetValue(type, out var builtIn) ? builtIn.Schema.Validate(data) : [];
        return registered.Schema is { } text ? Compiled(type, text)?.Validate(data) ?? [] : [];
    }

    private EventSchema? Compiled(string type, string text)
    {
        if (_compiled.TryGetValue(type, out var known) && known.Text == text) return known.Schema;
        var schema = EventSchema.Compile(text, []);
        _compiled[type] = (text, schema);
        return schema;
    }
}
