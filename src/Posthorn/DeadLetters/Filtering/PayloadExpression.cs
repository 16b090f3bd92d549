using System.Text.Json;

namespace Posthorn.DeadLetters.Filtering;

/// <summary>What a term asks of the payload.</summary>
internal abstract record PayloadExpression
{
    private PayloadExpression()
    {
    }

    /// <summary>Whether a payload has what is asked for.</summary>
    public bool Matches(JsonElement payload) => this switch
    {
        Or or => or.Parts.Any(part => part.Matches(payload)),
        And and => and.Parts.All(part => part.Matches(payload)),
        Not not => !not.Inner.Matches(payload),
        Exists exists => exists.Path.ValuesIn(payload).Any(value => value.ValueKind is not (JsonValueKind.Null or JsonValueKind.False)),
        Compare compare => compare.Holds(payload),
        _ => throw new InvalidOperationException(GetType().Name),
    };

    /// <summary>One of them, at least: <c>||</c>.</summary>
    public sealed record Or(IReadOnlyList<PayloadExpression> Parts) : PayloadExpression;

    /// <summary>All of them: <c>&amp;&amp;</c>.</summary>
    public sealed record And(IReadOnlyList<PayloadExpression> Parts) : PayloadExpression;

    /// <summary>The contrary: <c>!</c>.</summary>
    public sealed record Not(PayloadExpression Inner) : PayloadExpression;

    /// <summary>A path alone: it leads to something that is neither null nor false.</summary>
    public sealed record Exists(PayloadOperand.Path Path) : PayloadExpression;

    /// <summary>Two values; when a path leads to several, one of them is enough.</summary>
    public sealed record Compare(PayloadOperand Left, Comparison Comparison, PayloadOperand Right) : PayloadExpression
    {
        // What is missing can be compared as well.
        private static readonly IReadOnlyList<JsonElement> Missing = [default];

        internal bool Holds(JsonElement payload)
        {
            var right = OrMissing(Right.ValuesIn(payload));
            return OrMissing(Left.ValuesIn(payload)).Any(one => right.Any(other => JsonComparison.Holds(one, Comparison, other)));
        }

        private static IReadOnlyList<JsonElement> OrMissing(IReadOnlyList<JsonElement> values) => values.Count > 0 ? values : Missing;
    }
}
