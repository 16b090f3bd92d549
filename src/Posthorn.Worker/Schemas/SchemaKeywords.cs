using System.Text;
using System.Text.Json;
using NJsonSchema;
using Posthorn.Envelopes;

namespace Posthorn.Worker.Schemas;

/// <summary>
/// The keywords of JSON Schema, draft 4 to draft 7. A keyword of the specification that is not checked is refused, since the schema
/// would promise what is not held; one that is in no specification is a remark.
/// </summary>
internal static class SchemaKeywords
{
    private delegate void Reader(SchemaCompiler compiler, SchemaPlace value, SchemaNode node);

    private static readonly Dictionary<string, JsonObjectType> Types = new(StringComparer.Ordinal)
    {
        ["string"] = JsonObjectType.String,
        ["number"] = JsonObjectType.Number,
        ["integer"] = JsonObjectType.Integer,
        ["boolean"] = JsonObjectType.Boolean,
        ["null"] = JsonObjectType.Null,
        ["object"] = JsonObjectType.Object,
        ["array"] = JsonObjectType.Array,
    };

    private static readonly Dictionary<string, Reader> Known = new(StringComparer.Ordinal)
    {
        ["$ref"] = (compiler, value, node) => Add(node.All, Text(compiler, value) is { } reference ? compiler.Referenced(value, reference) : null),
        ["definitions"] = (compiler, value, _) => ReadMap(compiler, value, (_, _, _) => { }),
        ["$defs"] = (compiler, value, _) => ReadMap(compiler, value, (_, _, _) => { }),

        ["type"] = ReadType,
        ["enum"] = ReadEnum,
        ["const"] = (_, value, node) => node.Accepted.Add(AcceptedOf([value])),

        ["minimum"] = (compiler, value, node) => node.Minimum = Number(compiler, value),
        ["maximum"] = (compiler, value, node) => node.Maximum = Number(compiler, value),
        ["exclusiveMinimum"] = ReadExclusiveMinimum,
        ["exclusiveMaximum"] = ReadExclusiveMaximum,
        ["multipleOf"] = ReadMultipleOf,

        ["minLength"] = (compiler, value, node) => node.Lengths = node.Lengths with { Least = Count(compiler, value) },
        ["maxLength"] = (compiler, value, node) => node.Lengths = node.Lengths with { Most = Count(compiler, value) },
        ["pattern"] = (compiler, value, node) => node.TextPattern = Text(compiler, value) is { } text ? compiler.Pattern(value, text) : null,
        ["format"] = (compiler, value, node) => node.Format = Text(compiler, value) is { } name && SchemaFormat.All.ContainsKey(name) ? name : null,

        ["items"] = ReadItems,
        ["additionalItems"] = ReadAdditionalItems,
        ["minItems"] = (compiler, value, node) => node.ItemCounts = node.ItemCounts with { Least = Count(compiler, value) },
        ["maxItems"] = (compiler, value, node) => node.ItemCounts = node.ItemCounts with { Most = Count(compiler, value) },
        ["uniqueItems"] = (compiler, value, node) => node.HasUniqueItems = Flag(compiler, value),

        // Only a property that is a reference lets the library hand on null as it hands on any other value.
        ["properties"] = (compiler, value, node) => ReadMap(compiler, value, (name, _, child) => node.Properties.Add(name, new JsonSchemaProperty { Reference = child })),
        ["patternProperties"] = ReadPatternProperties,
        ["additionalProperties"] = (compiler, value, node) => node.Additional = Schema(compiler, value),
        ["required"] = ReadRequired,
        ["minProperties"] = (compiler, value, node) => node.PropertyCounts = node.PropertyCounts with { Least = Count(compiler, value) },
        ["maxProperties"] = (compiler, value, node) => node.PropertyCounts = node.PropertyCounts with { Most = Count(compiler, value) },

        ["allOf"] = (compiler, value, node) => node.All.AddRange(Schemas(compiler, value)),
        ["anyOf"] = (compiler, value, node) => node.Any.AddRange(Schemas(compiler, value)),
        ["oneOf"] = (compiler, value, node) => node.One.AddRange(Schemas(compiler, value)),
        ["not"] = (compiler, value, node) => node.Excluded = Schema(compiler, value),
        ["if"] = (compiler, value, node) => node.If = Schema(compiler, value),
        ["then"] = (compiler, value, node) => node.Then = Schema(compiler, value),
        ["else"] = (compiler, value, node) => node.Else = Schema(compiler, value),
    };

    private static readonly HashSet<string> Unchecked = new(StringComparer.Ordinal)
    {
        "$anchor", "$dynamicAnchor", "$dynamicRef", "$recursiveAnchor", "$recursiveRef", "contains", "minContains", "maxContains", "dependencies",
        "dependentRequired", "dependentSchemas", "disallow", "divisibleBy", "extends", "prefixItems", "propertyNames", "unevaluatedItems", "unevaluatedProperties",
    };

    /// <summary>Reads every keyword of a node.</summary>
    public static void Read(SchemaCompiler compiler, SchemaNode node)
    {
        foreach (var (name, value) in node.Place.Properties)
        {
            if (Known.TryGetValue(name, out var read)) read(compiler, value, node);
            else if (Unchecked.Contains(name)) compiler.Fault(value, "is a keyword that is not supported; it would not be checked");
        }
    }

    /// <summary>What a value is, and what it may be.</summary>
    public static string Refusal(JsonElement held, string accepted) => $"is {Shown(held)}; it is {accepted}";

    private static void ReadType(SchemaCompiler compiler, SchemaPlace value, SchemaNode node)
    {
        var names = value.Json.ValueKind == JsonValueKind.Array ? [.. value.Items] : new List<SchemaPlace> { value };
        if (names.Count == 0) compiler.Fault(value, "is an empty array; it names at least one type");
        foreach (var name in names)
        {
            if (name.Json.ValueKind == JsonValueKind.String && Types.TryGetValue(name.Json.GetString() ?? "", out var type)) node.Types |= type;
            else compiler.Fault(name, Refusal(name.Json, $"one of {string.Join(", ", Types.Keys)}"));
        }
    }

    private static void ReadEnum(SchemaCompiler compiler, SchemaPlace value, SchemaNode node)
    {
        if (value.Json.ValueKind == JsonValueKind.Array && value.Json.GetArrayLength() > 0) node.Accepted.Add(AcceptedOf([.. value.Items]));
        else compiler.Fault(value, Refusal(value.Json, "an array of at least one value"));
    }

    private static AcceptedValues AcceptedOf(IReadOnlyList<SchemaPlace> values)
    {
        const int Told = 10;
        var tokens = values.Select(value => JsonTokens.TryRead(Encoding.UTF8.GetBytes(value.Json.GetRawText()))).OfType<Newtonsoft.Json.Linq.JToken>().ToList();
        var text = string.Join(", ", tokens.Take(Told).Select(token => token.HasValues ? EnvelopeError.Shown(token.ToString(Newtonsoft.Json.Formatting.None)) : JsonTokens.Shown(token)));
        return new AcceptedValues(
            tokens.Select(JsonTokens.KeyOf).ToHashSet(StringComparer.Ordinal),
            tokens.Count == 1 ? text : $"one of {text}{(tokens.Count > Told ? ", …" : "")}");
    }

    private static void ReadExclusiveMinimum(SchemaCompiler compiler, SchemaPlace value, SchemaNode node)
    {
        if (value.Json.ValueKind == JsonValueKind.Number) node.ExclusiveMinimum = Number(compiler, value);
        else node.IsExclusiveMinimum = Flag(compiler, value, "a number, or true or false");
    }

    private static void ReadExclusiveMaximum(SchemaCompiler compiler, SchemaPlace value, SchemaNode node)
    {
        if (value.Json.ValueKind == JsonValueKind.Number) node.ExclusiveMaximum = Number(compiler, value);
        else node.IsExclusiveMaximum = Flag(compiler, value, "a number, or true or false");
    }

    private static void ReadMultipleOf(SchemaCompiler compiler, SchemaPlace value, SchemaNode node)
    {
        if (Number(compiler, value) is not { } number) return;
        if (number > 0) node.MultipleOf = number;
        else compiler.Fault(value, Refusal(value.Json, "a number greater than 0"));
    }

    private static void ReadItems(SchemaCompiler compiler, SchemaPlace value, SchemaNode node)
    {
        if (value.Json.ValueKind != JsonValueKind.Array) node.Item = Schema(compiler, value);
        else
            foreach (var item in Schemas(compiler, value)) node.Items.Add(item);
    }

    /// <summary>Without a list of items before it, it means nothing.</summary>
    private static void ReadAdditionalItems(SchemaCompiler compiler, SchemaPlace value, SchemaNode node)
    {
        if (Schema(compiler, value) is { } child) node.AdditionalItemsSchema = child;
    }

    private static void ReadPatternProperties(SchemaCompiler compiler, SchemaPlace value, SchemaNode node) =>
        ReadMap(compiler, value, (name, place, child) =>
        {
            if (compiler.Pattern(place, name) is { } pattern) node.Patterned.Add((pattern, child));
        });

    private static void ReadRequired(SchemaCompiler compiler, SchemaPlace value, SchemaNode node)
    {
        if (value.Json.ValueKind == JsonValueKind.Array) node.Required = [.. value.Items.Select(name => Text(compiler, name)).OfType<string>().Distinct(StringComparer.Ordinal)];
        else compiler.Fault(value, Refusal(value.Json, "an array of names"));
    }

    private static void ReadMap(SchemaCompiler compiler, SchemaPlace value, Action<string, SchemaPlace, SchemaNode> add)
    {
        if (value.Json.ValueKind != JsonValueKind.Object) compiler.Fault(value, Refusal(value.Json, "an object of schemas"));
        else
            foreach (var (name, place) in value.Properties)
                if (Schema(compiler, place) is { } child) add(name, place, child);
    }

    private static List<SchemaNode> Schemas(SchemaCompiler compiler, SchemaPlace value)
    {
        if (value.Json.ValueKind == JsonValueKind.Array && value.Json.GetArrayLength() > 0)
            return [.. value.Items.Select(item => Schema(compiler, item)).OfType<SchemaNode>()];
        compiler.Fault(value, Refusal(value.Json, "an array of at least one schema"));
        return [];
    }

    private static SchemaNode? Schema(SchemaCompiler compiler, SchemaPlace value)
    {
        if (value.IsSchema) return compiler.Node(value);
        compiler.Fault(value, Refusal(value.Json, "a schema: an object, or true or false"));
        return null;
    }

    private static string? Text(SchemaCompiler compiler, SchemaPlace value)
    {
        if (value.Json.ValueKind == JsonValueKind.String) return value.Json.GetString();
        compiler.Fault(value, Refusal(value.Json, "a string"));
        return null;
    }

    private static bool Flag(SchemaCompiler compiler, SchemaPlace value, string accepted = "true or false")
    {
        if (value.Json.ValueKind is not (JsonValueKind.True or JsonValueKind.False)) compiler.Fault(value, Refusal(value.Json, accepted));
        return value.Json.ValueKind == JsonValueKind.True;
    }

    private static int? Count(SchemaCompiler compiler, SchemaPlace value)
    {
        if (value.Json.ValueKind == JsonValueKind.Number && value.Json.GetDouble() is >= 0 and var number && double.IsInteger(number)) return (int)Math.Min(number, int.MaxValue);
        compiler.Fault(value, Refusal(value.Json, "a whole number of at least 0"));
        return null;
    }

    private static decimal? Number(SchemaCompiler compiler, SchemaPlace value)
    {
        if (value.Json.ValueKind == JsonValueKind.Number && value.Json.TryGetDecimal(out var number)) return number;
        compiler.Fault(value, Refusal(value.Json, "a number between -7.9e28 and 7.9e28"));
        return null;
    }

    private static string Shown(JsonElement held) => held.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => EnvelopeError.Shown(held.GetString() ?? ""),
        _ => EnvelopeError.Shown(held.GetRawText()).Trim('\''),
    };

    private static void Add(List<SchemaNode> nodes, SchemaNode? node)
    {
        if (node is not null) nodes.Add(node);
    }
}
