using Newtonsoft.Json.Linq;
using NJsonSchema;
using NJsonSchema.Validation;

namespace Posthorn.Worker.Schemas;

/// <summary>One thing the schema does not accept, with what an error tells of it; the library's own has neither the value nor a text.</summary>
internal sealed class SchemaFault(ValidationErrorKind kind, string place, string detail, JToken token, SchemaNode node)
    : ValidationError(kind, null, place, token, node)
{
    /// <summary>Where, as an error shows it.</summary>
    public string Place { get; } = place;

    /// <summary>What it holds and what it may hold.</summary>
    public string Detail => detail;

    /// <summary>The types that would have been accepted; none when the fault is another.</summary>
    public JsonObjectType Types { get; init; }

    /// <summary>
    /// Whether it rules an alternative out rather than being a slip within it: the value itself, or a property that tells the
    /// alternatives apart, is of another type or another value.
    /// </summary>
    public bool RulesOut(string root) =>
        Kind is ValidationErrorKind.NoTypeValidates or ValidationErrorKind.NotInEnumeration or ValidationErrorKind.ExcludedSchemaValidates
        && (Place.Length == root.Length || !Place.AsSpan(root.Length + 1).ContainsAny('.', '['));
}
