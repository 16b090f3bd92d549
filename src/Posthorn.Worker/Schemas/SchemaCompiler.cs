using System.Text.Json;
using Posthorn.Envelopes;

namespace Posthorn.Worker.Schemas;

/// <summary>
/// Builds the nodes of one schema. The library's own reader is not used: it fetches what a <c>$ref</c> names. Here a <c>$ref</c> is only
/// ever looked up in the text itself, and <c>$schema</c> and <c>$id</c> are remarks.
/// </summary>
internal sealed class SchemaCompiler
{
    /// <summary>The most schemas inside a schema.</summary>
    public const int MaxNodes = 2000;

    /// <summary>The most characters of all different patterns together; some take a tenth of a second to read.</summary>
    public const int MaxPatternText = 10_000;

    private readonly SchemaPlace _root;
    private readonly ICollection<EnvelopeError> _errors;
    private readonly Dictionary<string, SchemaNode> _nodes = new(StringComparer.Ordinal);
    private readonly Queue<SchemaNode> _unread = new();
    private readonly Dictionary<string, SchemaPattern> _patterns = new(StringComparer.Ordinal);
    private int _patternText;
    private bool _isFull;

    private SchemaCompiler(SchemaPlace root, ICollection<EnvelopeError> errors)
    {
        _root = root;
        _errors = errors;
    }

    /// <summary>Builds the nodes and notes everything that is wrong: 1. the text is strict JSON; 2. every keyword holds what it may hold;
    /// 3. no schema leads back to itself while it judges the same value.</summary>
    /// <returns>The node of the whole; null when the text holds no schema.</returns>
    public static SchemaNode? Compile(ReadOnlyMemory<byte> utf8, ICollection<EnvelopeError> errors)
    {
        // 1. The text is strict JSON.
        if (!IsStrict(utf8, errors)) return null;
        using var document = JsonDocument.Parse(utf8);
        var root = new SchemaPlace("", SchemaPlace.RootPath, document.RootElement);
        if (!root.IsSchema)
        {
            errors.Add(new EnvelopeError(root.Path, SchemaKeywords.Refusal(root.Json, "an object, or true or false")));
            return null;
        }

        // 2. Every keyword holds what it may hold.
        var compiler = new SchemaCompiler(root, errors);
        var node = compiler.Node(root);
        compiler.ReadAll();

        // 3. No schema leads back to itself.
        if (errors.Count == 0) SchemaCycles.Note(compiler._nodes.Values, errors);
        return node;
    }

    /// <summary>The node of a schema, which is read later: a schema may be its own child. Null, with the fault noted, when there are too many.</summary>
    public SchemaNode? Node(SchemaPlace place)
    {
        if (_nodes.TryGetValue(place.Pointer, out var known)) return known;
        if (_nodes.Count == MaxNodes)
        {
            if (!_isFull) Fault(_root, $"holds more than {MaxNodes} schemas");
            _isFull = true;
            return null;
        }

        var node = new SchemaNode { Place = place };
        _nodes.Add(place.Pointer, node);
        _unread.Enqueue(node);
        return node;
    }

    /// <summary>Notes a keyword's fault.</summary>
    public void Fault(SchemaPlace place, string detail) => _errors.Add(new EnvelopeError(place.Path, detail));

    /// <summary>The node a <c>$ref</c> means; null, with the fault noted, when it means none in this text.</summary>
    public SchemaNode? Referenced(SchemaPlace place, string reference)
    {
        var isLocal = reference.StartsWith('#');
        if (isLocal && SchemaPlace.Find(_root, reference) is { IsSchema: true } target) return Node(target);
        Fault(place, isLocal
            ? $"is {EnvelopeError.Shown(reference)}, where no schema stands"
            : $"is {EnvelopeError.Shown(reference)}; a reference begins with '#' and stays in this schema, as nothing is ever fetched");
        return null;
    }

    /// <summary>A pattern; null, with the fault noted, when the text is none.</summary>
    public SchemaPattern? Pattern(SchemaPlace place, string text)
    {
        if (_patterns.TryGetValue(text, out var known)) return known;
        _patternText += text.Length;
        var fault = $"goes beyond the {MaxPatternText} characters that the patterns of a schema may have together";
        var pattern = _patternText > MaxPatternText ? null : SchemaPattern.Parse(text, out fault);
        if (pattern is null) Fault(place, $"is {EnvelopeError.Shown(text)}, which {fault}");
        else _patterns.Add(text, pattern);
        return pattern;
    }

    private void ReadAll()
    {
        while (!_isFull && _errors.Count < EventSchema.MaxErrors && _unread.TryDequeue(out var node))
        {
            if (node.Place.Json.ValueKind == JsonValueKind.Object) SchemaKeywords.Read(this, node);
            else node.RefusesAll = node.Place.Json.ValueKind == JsonValueKind.False;
        }
    }

    private static bool IsStrict(ReadOnlyMemory<byte> utf8, ICollection<EnvelopeError> errors)
    {
        var faults = new List<EnvelopeError>();
        if (utf8.IsEmpty) faults.Add(new EnvelopeError("$", "is empty; a schema is a JSON object, or true or false"));
        else StrictJson.Check(utf8.Span, "a schema", faults);
        foreach (var fault in faults) errors.Add(fault with { Path = SchemaPlace.RootPath + fault.Path[1..] });
        return faults.Count == 0;
    }
}
