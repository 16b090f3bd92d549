using System.Text.Json;
using Posthorn.Envelopes;

namespace Posthorn.Worker.Schemas;

/// <summary>A value inside the schema's text.</summary>
/// <param name="Pointer">Where, as a JSON pointer (RFC 6901); it is its identity.</param>
/// <param name="Path">Where, as an error shows it.</param>
/// <param name="Json">What stands there.</param>
internal sealed record SchemaPlace(string Pointer, string Path, JsonElement Json)
{
    /// <summary>The path of the whole schema.</summary>
    public const string RootPath = "$.schema";

    /// <summary>Whether a schema can stand here.</summary>
    public bool IsSchema => Json.ValueKind is JsonValueKind.Object or JsonValueKind.True or JsonValueKind.False;

    /// <summary>The properties of an object.</summary>
    public IEnumerable<(string Name, SchemaPlace Place)> Properties => Json.EnumerateObject().Select(property => (property.Name, Child(property.Name, property.Value)));

    /// <summary>The items of an array.</summary>
    public IEnumerable<SchemaPlace> Items => Json.EnumerateArray().Select(Item);

    /// <summary>What a <c>$ref</c> means, once it has been seen to begin with <c>#</c>; null when nothing stands there.</summary>
    public static SchemaPlace? Find(SchemaPlace root, string reference)
    {
        var pointer = Uri.UnescapeDataString(reference[1..]);
        if (pointer.Length > 0 && pointer[0] != '/') return null;
        return pointer.Split('/').Skip(1).Aggregate((SchemaPlace?)root, (place, step) => place?.Step(step.Replace("~1", "/").Replace("~0", "~")));
    }

    private SchemaPlace? Step(string step)
    {
        if (Json.ValueKind == JsonValueKind.Object) return Json.TryGetProperty(step, out var value) ? Child(step, value) : null;
        var isIndex = Json.ValueKind == JsonValueKind.Array && step.Length is > 0 and < 7 && step.All(char.IsAsciiDigit) && (step is "0" || step[0] != '0');
        return isIndex && int.Parse(step) is var index && index < Json.GetArrayLength() ? Item(Json[index], index) : null;
    }

    private SchemaPlace Child(string name, JsonElement value) => new($"{Pointer}/{name.Replace("~", "~0").Replace("/", "~1")}", JsonPaths.Property(Path, name), value);

    private SchemaPlace Item(JsonElement value, int index) => new($"{Pointer}/{index}", JsonPaths.Item(Path, index), value);
}

/// <summary>Paths as errors show them.</summary>
internal static class JsonPaths
{
    /// <summary>The path of a property; a name that would break the path stands in brackets, cut to one short line.</summary>
    public static string Property(string parent, string name) => IsPlain(name) ? $"{parent}.{name}" : $"{parent}[{EnvelopeError.Shown(name)}]";

    /// <summary>The path of an item.</summary>
    public static string Item(string parent, int index) => $"{parent}[{index}]";

    private static bool IsPlain(string name) => name.Length is > 0 and <= 60 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');
}
