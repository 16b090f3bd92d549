using NJsonSchema;

namespace Posthorn.Worker.Schemas;

/// <summary>
/// One schema inside a schema. The library walks <c>properties</c> and <c>items</c> and compares numbers and formats; what is kept
/// here it lacks, or judges otherwise than the specification does.
/// </summary>
internal sealed class SchemaNode : JsonSchema
{
    /// <summary>Where it stands in the schema.</summary>
    public required SchemaPlace Place { get; init; }

    /// <summary>Whether it is <c>false</c>, which accepts nothing.</summary>
    public bool RefusesAll { get; set; }

    /// <summary>The types accepted; none for any. The library's own type would make null slip past every other keyword.</summary>
    public JsonObjectType Types { get; set; }

    /// <summary>The values of <c>enum</c> and <c>const</c>; a value must stand in each set. The library takes 1 for "1".</summary>
    public List<AcceptedValues> Accepted { get; } = [];

    /// <summary>The lengths accepted of a text, in characters (code points).</summary>
    public Bounds Lengths { get; set; } = new();

    /// <summary>The counts accepted of an array's items. The library takes a maximum of 0 for none.</summary>
    public Bounds ItemCounts { get; set; } = new();

    /// <summary>The counts accepted of an object's properties.</summary>
    public Bounds PropertyCounts { get; set; } = new();

    /// <summary>Whether no two items may be equal.</summary>
    public bool HasUniqueItems { get; set; }

    /// <summary>What a text must match. The library's patterns backtrack.</summary>
    public SchemaPattern? TextPattern { get; set; }

    /// <summary>The properties that must be there.</summary>
    public IReadOnlyList<string> Required { get; set; } = [];

    /// <summary>What the properties must hold whose name matches.</summary>
    public List<(SchemaPattern Pattern, SchemaNode Node)> Patterned { get; } = [];

    /// <summary>What every property must hold that no other keyword names.</summary>
    public SchemaNode? Additional { get; set; }

    /// <summary><c>allOf</c> and <c>$ref</c>.</summary>
    public List<SchemaNode> All { get; } = [];

    /// <summary><c>anyOf</c>.</summary>
    public List<SchemaNode> Any { get; } = [];

    /// <summary><c>oneOf</c>.</summary>
    public List<SchemaNode> One { get; } = [];

    /// <summary><c>not</c>.</summary>
    public SchemaNode? Excluded { get; set; }

    /// <summary><c>if</c>.</summary>
    public SchemaNode? If { get; set; }

    /// <summary><c>then</c>.</summary>
    public SchemaNode? Then { get; set; }

    /// <summary><c>else</c>.</summary>
    public SchemaNode? Else { get; set; }

    /// <summary>Whether it holds a keyword that the library judges; most hold none, and asking is dear.</summary>
    public bool IsForLibrary =>
        Properties.Count > 0 || Item is not null || Items.Count > 0 || Format is not null || Minimum is not null || Maximum is not null
        || ExclusiveMinimum is not null || ExclusiveMaximum is not null || MultipleOf is not null;

    /// <summary>The schemas that judge the same value as this one does.</summary>
    public IEnumerable<SchemaNode> OfSameValue => All.Concat(Any).Concat(One).Concat(new[] { Excluded, If, Then, Else }.OfType<SchemaNode>());
}

/// <summary>A least and a most, both accepted.</summary>
internal sealed record Bounds(int? Least = null, int? Most = null);

/// <summary>The values one <c>enum</c> accepts.</summary>
/// <param name="Keys">Them, as <see cref="JsonTokens.KeyOf"/> writes them.</param>
/// <param name="Text">Them, as an error shows them.</param>
internal sealed record AcceptedValues(IReadOnlySet<string> Keys, string Text);
