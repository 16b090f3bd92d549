using System.Runtime.CompilerServices;
using Newtonsoft.Json.Linq;
using NJsonSchema;
using NJsonSchema.Validation;
using Posthorn.Envelopes;

namespace Posthorn.Worker.Schemas;

/// <summary>
/// One check of one event. The library walks properties and items and compares numbers and formats, and comes back here for every
/// value it meets; the rest of the keywords are judged in <see cref="Judge"/>, in order.
/// </summary>
internal sealed class SchemaJudge() : JsonSchemaValidator(Settings)
{
    /// <summary>The path of the whole data.</summary>
    public const string Root = "$.data";

    private static readonly JsonSchemaValidatorSettings Settings = new() { FormatValidators = [.. SchemaFormat.All.Values] };

    private readonly SchemaWork _work = new();

    // Of this alternative, or of the whole; an alternative with this many is as wrong as it can be.
    private int _found;

    /// <summary>Names every fault, or the place where checking had to stop.</summary>
    public IReadOnlyList<EnvelopeError> Run(JToken token, SchemaNode root)
    {
        try
        {
            return [.. Judge(token, root, Root).Select(fault => new EnvelopeError(fault.Place, fault.Detail)).Distinct().Take(EventSchema.MaxErrors)];
        }
        catch (SchemaWork.ExceededException exceeded)
        {
            return [new EnvelopeError(exceeded.Place, exceeded.Message)];
        }
    }

    /// <summary>Called by the library for a property (then with its name) and for an item.</summary>
    protected override ICollection<ValidationError> Validate(JToken token, JsonSchema schema, SchemaType schemaType, string? propertyName, string propertyPath)
    {
        var place = propertyName is null ? propertyPath : JsonPaths.Property(propertyPath[..^(propertyName.Length + 1)], propertyName);
        return [.. Judge(token, (SchemaNode)schema, place)];
    }

    private List<SchemaFault> Judge(JToken token, SchemaNode node, string place)
    {
        if (_found >= EventSchema.MaxErrors) return [];
        _work.Visit(place);
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw new SchemaWork.ExceededException(place, "is where checking stopped: the schema leads through too many schemas");
        if (node.RefusesAll) return [Fault(ValidationErrorKind.ExcludedSchemaValidates, token, node, place, "is accepted by no schema here")];

        var faults = new List<SchemaFault>();
        faults.AddRange(JudgeValue(token, node, place));
        if (token is JValue { Value: string text }) faults.AddRange(JudgeText(text, token, node, place));
        if (token is JArray array) faults.AddRange(JudgeArray(array, node, place));
        if (token is JObject json) faults.AddRange(JudgeObject(json, node, place));
        faults.AddRange(JudgeByLibrary(token, node, place));
        faults.AddRange(JudgeAlternatives(token, node, place));
        return faults;
    }

    private IEnumerable<SchemaFault> JudgeValue(JToken token, SchemaNode node, string place)
    {
        if (node.Types != JsonObjectType.None && (node.Types & JsonTokens.TypeOf(token)) == JsonObjectType.None) yield return WrongType(node.Types, token, node, place);
        if (node.Accepted.Count == 0) yield break;
        var key = JsonTokens.KeyOf(token);
        _work.Spend(key.Length, place);
        foreach (var accepted in node.Accepted.Where(accepted => !accepted.Keys.Contains(key)))
            yield return Fault(ValidationErrorKind.NotInEnumeration, token, node, place, $"is {JsonTokens.Shown(token)}; it is {accepted.Text}");
    }

    private IEnumerable<SchemaFault> JudgeText(string text, JToken token, SchemaNode node, string place)
    {
        if (node.Lengths != new Bounds())
        {
            _work.Spend(text.Length, place);
            if (Outside(text.EnumerateRunes().Count(), node.Lengths, "character", "characters") is { } detail)
                yield return Fault(ValidationErrorKind.StringTooLong, token, node, place, $"is {EnvelopeError.Shown(text)}, {detail}");
        }

        if (node.TextPattern is { } pattern && !_work.IsMatch(pattern, text, place))
            yield return Fault(ValidationErrorKind.PatternMismatch, token, node, place, $"is {EnvelopeError.Shown(text)}; it matches the pattern {EnvelopeError.Shown(pattern.Text)}");
    }

    private IEnumerable<SchemaFault> JudgeArray(JArray array, SchemaNode node, string place)
    {
        if (Outside(array.Count, node.ItemCounts, "item", "items") is { } detail)
            yield return Fault(ValidationErrorKind.TooManyItems, array, node, place, $"has {detail}");
        if (!node.HasUniqueItems) yield break;

        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (index, item) in array.Index())
        {
            var key = JsonTokens.KeyOf(item);
            _work.Spend(key.Length + 1, place);
            if (!seen.TryAdd(key, index))
                yield return Fault(ValidationErrorKind.ItemsNotUnique, item, node, JsonPaths.Item(place, index), $"is {JsonTokens.Shown(item)} again, as item {seen[key]}; no item may occur twice");
            if (_found >= EventSchema.MaxErrors) yield break;
        }
    }

    private IEnumerable<SchemaFault> JudgeObject(JObject json, SchemaNode node, string place)
    {
        _work.Spend((5L * node.Required.Count) + ((long)node.Properties.Count * (20 + json.Count)), place);
        if (Outside(json.Count, node.PropertyCounts, "property", "properties") is { } detail)
            yield return Fault(ValidationErrorKind.TooManyProperties, json, node, place, $"has {detail}");
        foreach (var name in node.Required.Where(name => !json.ContainsKey(name)))
            yield return Fault(ValidationErrorKind.PropertyRequired, json, node, JsonPaths.Property(place, name), "is required");
        if (node.Patterned.Count == 0 && node.Additional is null) yield break;

        foreach (var property in json.Properties())
            foreach (var fault in JudgeProperty(property, node, JsonPaths.Property(place, property.Name))) yield return fault;
    }

    private IEnumerable<SchemaFault> JudgeProperty(JProperty property, SchemaNode node, string place)
    {
        _work.Spend(1, place);
        var matching = node.Patterned.FindAll(each => _work.IsMatch(each.Pattern, property.Name, place));
        foreach (var fault in matching.SelectMany(each => Judge(property.Value, each.Node, place))) yield return fault;
        if (node.Additional is not { } additional || matching.Count > 0 || node.Properties.ContainsKey(property.Name)) yield break;

        if (additional.RefusesAll) yield return Fault(ValidationErrorKind.NoAdditionalPropertiesAllowed, property.Value, node, place, Unknown(node));
        else
            foreach (var fault in Judge(property.Value, additional, place)) yield return fault;
    }

    private IEnumerable<SchemaFault> JudgeByLibrary(JToken token, SchemaNode node, string place)
    {
        if (!node.IsForLibrary) yield break;
        foreach (var error in base.Validate(JsonTokens.Comparable(token), node, SchemaType.JsonSchema, null, place))
        {
            if (error is SchemaFault told) yield return told;
            else if (error is ChildSchemaValidationError items)
                foreach (var fault in items.Errors.Values.SelectMany(faults => faults).OfType<SchemaFault>()) yield return fault;
            else yield return Fault(error.Kind, token, node, place, $"is {JsonTokens.Shown(token)}; it is {SchemaTerms.Accepted(error.Kind, node)}");
        }
    }

    private IEnumerable<SchemaFault> JudgeAlternatives(JToken token, SchemaNode node, string place)
    {
        foreach (var fault in node.All.SelectMany(each => Judge(token, each, place))) yield return fault;
        if (node.If is { } condition && (Try(token, condition, place).Count == 0 ? node.Then : node.Else) is { } consequence)
            foreach (var fault in Judge(token, consequence, place)) yield return fault;
        if (node.Excluded is { } excluded && Try(token, excluded, place).Count == 0)
            yield return Fault(ValidationErrorKind.ExcludedSchemaValidates, token, node, place, $"is {JsonTokens.Shown(token)}, which the schema excludes");

        var unfit = node.Any.Select(each => Try(token, each, place)).TakeWhile(each => each.Count > 0).ToList();
        if (unfit.Count > 0 && unfit.Count == node.Any.Count)
            foreach (var fault in NoneFits(unfit, token, node, place)) yield return fault;

        var one = node.One.ConvertAll(each => Try(token, each, place));
        var fitting = one.Index().Where(each => each.Item.Count == 0).Select(each => each.Index + 1).ToList();
        if (fitting.Count > 1) yield return Fault(ValidationErrorKind.NotOneOf, token, node, place, $"fits alternatives {string.Join(" and ", fitting.Take(10))} at once; it fits exactly one");
        if (one.Count > 0 && fitting.Count == 0)
            foreach (var fault in NoneFits(one, token, node, place)) yield return fault;
    }

    /// <summary>What is wrong with an alternative, without its being an error yet.</summary>
    private List<SchemaFault> Try(JToken token, SchemaNode node, string place)
    {
        var found = _found;
        _found = 0;
        var faults = Judge(token, node, place);
        _found = found;
        return faults;
    }

    /// <summary>The faults of the one alternative that was meant; where that cannot be told, that none fits, and what the nearest lacks.</summary>
    private List<SchemaFault> NoneFits(List<List<SchemaFault>> alternatives, JToken token, SchemaNode node, string place)
    {
        if (alternatives.TrueForAll(each => each is [{ Types: not JsonObjectType.None } only] && only.Place == place))
            return [WrongType(alternatives.Aggregate(JsonObjectType.None, (types, each) => types | each[0].Types), token, node, place)];

        var meant = alternatives.FindAll(each => !each.Exists(fault => fault.RulesOut(place)));
        var nearest = (meant.Count > 0 ? meant : alternatives).MinBy(each => each.Count) ?? [];
        _found += nearest.Count;
        return meant.Count == 1 || alternatives.Count == 1
            ? nearest
            : [Fault(ValidationErrorKind.NotAnyOf, token, node, place, $"fits none of {alternatives.Count} alternatives; what the nearest lacks is told with it"), .. nearest];
    }

    private SchemaFault WrongType(JsonObjectType types, JToken token, SchemaNode node, string place)
    {
        _found++;
        return new SchemaFault(ValidationErrorKind.NoTypeValidates, place, $"is {JsonTokens.Shown(token)}; it is {SchemaTerms.Names(types)}", token, node) { Types = types };
    }

    private SchemaFault Fault(ValidationErrorKind kind, JToken token, SchemaNode node, string place, string detail)
    {
        _found++;
        return new SchemaFault(kind, place, detail, token, node);
    }

    private static string Unknown(SchemaNode node) =>
        node.Properties.Count == 0 ? "is not accepted here"
        : $"is not accepted here; the properties are {string.Join(", ", node.Properties.Keys.Take(10).Select(EnvelopeError.Shown))}{(node.Properties.Count > 10 ? ", …" : "")}";

    private static string? Outside(int count, Bounds bounds, string one, string many)
    {
        var held = $"{count} {(count == 1 ? one : many)}";
        return count < bounds.Least ? $"{held}; it has at least {bounds.Least}"
            : count > bounds.Most ? $"{held}; it has at most {bounds.Most}"
            : null;
    }
}
