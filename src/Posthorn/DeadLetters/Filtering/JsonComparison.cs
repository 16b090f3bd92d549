using System.Text.Json;

namespace Posthorn.DeadLetters.Filtering;

/// <summary>Compares JSON values as RFC 9535, section 2.3.5.2.2, says; a value of kind Undefined is one that is missing.</summary>
internal static class JsonComparison
{
    /// <summary>Whether the comparison holds.</summary>
    public static bool Holds(JsonElement left, Comparison comparison, JsonElement right) => comparison switch
    {
        Comparison.Equal => AreEqual(left, right),
        Comparison.NotEqual => !AreEqual(left, right),
        Comparison.Less => IsLess(left, right),
        Comparison.LessOrEqual => IsLess(left, right) || AreEqual(left, right),
        Comparison.Greater => IsLess(right, left),
        Comparison.GreaterOrEqual => IsLess(right, left) || AreEqual(left, right),
        _ => throw new ArgumentOutOfRangeException(nameof(comparison), comparison, message: null),
    };

    private static bool AreEqual(JsonElement left, JsonElement right) =>
        left.ValueKind == right.ValueKind && (left.ValueKind == JsonValueKind.Undefined || JsonElement.DeepEquals(left, right));

    private static bool IsLess(JsonElement left, JsonElement right) => (left.ValueKind, right.ValueKind) switch
    {
        (JsonValueKind.Number, JsonValueKind.Number) => IsLessNumber(left, right),
        (JsonValueKind.String, JsonValueKind.String) => string.CompareOrdinal(left.GetString(), right.GetString()) < 0,
        _ => false,
    };

    private static bool IsLessNumber(JsonElement left, JsonElement right)
    {
        // A decimal rounds what is very small: what it takes for equal, a double may tell apart.
        if (left.TryGetDecimal(out var one) && right.TryGetDecimal(out var other) && one != other) return one < other;
        return left.TryGetDouble(out var first) && right.TryGetDouble(out var second) && first < second;
    }
}
