using NJsonSchema;
using NJsonSchema.Validation;

namespace Posthorn.Worker.Schemas;

/// <summary>What a schema accepts, said for an error.</summary>
internal static class SchemaTerms
{
    private static readonly (JsonObjectType Type, string Name)[] TypeNames =
    [
        (JsonObjectType.String, "a string"),
        (JsonObjectType.Number, "a number"),
        (JsonObjectType.Integer, "an integer"),
        (JsonObjectType.Boolean, "true or false"),
        (JsonObjectType.Object, "an object"),
        (JsonObjectType.Array, "an array"),
        (JsonObjectType.Null, "null"),
    ];

    /// <summary>Types, by name.</summary>
    public static string Names(JsonObjectType types) => string.Join(" or ", TypeNames.Where(each => types.HasFlag(each.Type)).Select(each => each.Name));

    /// <summary>What the keyword of a fault that the library found accepts.</summary>
    public static string Accepted(ValidationErrorKind kind, SchemaNode node) => kind switch
    {
        ValidationErrorKind.NumberTooSmall => Least(node),
        ValidationErrorKind.NumberTooBig => Most(node),
        ValidationErrorKind.NumberNotMultipleOf => $"a multiple of {node.MultipleOf}",
        ValidationErrorKind.Unknown when node.Format is { } format => SchemaFormat.All[format].Accepted,
        _ => $"otherwise ({kind})",
    };

    private static string Least(SchemaNode node) =>
        node.ExclusiveMinimum is { } bound && !(node.Minimum > bound) ? $"more than {bound}"
        : node.IsExclusiveMinimum ? $"more than {node.Minimum}"
        : $"at least {node.Minimum}";

    private static string Most(SchemaNode node) =>
        node.ExclusiveMaximum is { } bound && !(node.Maximum < bound) ? $"less than {bound}"
        : node.IsExclusiveMaximum ? $"less than {node.Maximum}"
        : $"at most {node.Maximum}";
}
