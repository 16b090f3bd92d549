using System.Text.Json;

namespace Posthorn.DeadLetters.Filtering;

/// <summary>A side of a comparison.</summary>
internal abstract record PayloadOperand
{
    private PayloadOperand()
    {
    }

    /// <summary>The values it stands for; none when a path leads nowhere.</summary>
    public abstract IReadOnlyList<JsonElement> ValuesIn(JsonElement payload);

    /// <summary>A value that is written out.</summary>
    public sealed record Literal(JsonElement Value) : PayloadOperand
    {
        private readonly IReadOnlyList<JsonElement> _values = [Value];

        /// <inheritdoc/>
        public override IReadOnlyList<JsonElement> ValuesIn(JsonElement payload) => _values;
    }

    /// <summary>The way to values.</summary>
    public sealed record Path(IReadOnlyList<PathStep> Steps) : PayloadOperand
    {
        /// <summary>What events keep their data below, and flat payloads do not have.</summary>
        public const string Data = "data";

        /// <summary>Whether the path can lead to several values.</summary>
        public bool IsPlural => Steps.Any(step => step is PathStep.Any);

        /// <inheritdoc/>
        public override IReadOnlyList<JsonElement> ValuesIn(JsonElement payload)
        {
            var found = Walk(payload, Steps);
            return found.Count == 0 && Steps is [PathStep.Name { Text: Data }, ..] ? Walk(payload, Steps.Skip(1)) : found;
        }

        private static IReadOnlyList<JsonElement> Walk(JsonElement payload, IEnumerable<PathStep> steps)
        {
            IReadOnlyList<JsonElement> found = [payload];
            foreach (var step in steps) found = [.. found.SelectMany(step.From)];
            return found;
        }
    }
}

/// <summary>A step of a path.</summary>
internal abstract record PathStep
{
    private PathStep()
    {
    }

    /// <summary>Where the step leads from a value.</summary>
    public abstract IEnumerable<JsonElement> From(JsonElement value);

    /// <summary>To the member of a name.</summary>
    public sealed record Name(string Text) : PathStep
    {
        /// <inheritdoc/>
        public override IEnumerable<JsonElement> From(JsonElement value) =>
            value.ValueKind == JsonValueKind.Object && value.TryGetProperty(Text, out var member) ? [member] : [];
    }

    /// <summary>To the element of an index; a negative one counts from the end.</summary>
    public sealed record Index(int Number) : PathStep
    {
        /// <inheritdoc/>
        public override IEnumerable<JsonElement> From(JsonElement value)
        {
            if (value.ValueKind != JsonValueKind.Array) return [];
            var index = Number < 0 ? Number + value.GetArrayLength() : Number;
            return index >= 0 && index < value.GetArrayLength() ? [value[index]] : [];
        }
    }

    /// <summary>To every element of an array, and every member of an object.</summary>
    public sealed record Any : PathStep
    {
        /// <inheritdoc/>
        public override IEnumerable<JsonElement> From(JsonElement value) => value.ValueKind switch
        {
            JsonValueKind.Array => value.EnumerateArray(),
            JsonValueKind.Object => value.EnumerateObject().Select(member => member.Value),
            _ => [],
        };
    }
}
