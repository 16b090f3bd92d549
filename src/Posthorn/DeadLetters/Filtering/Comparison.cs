namespace Posthorn.DeadLetters.Filtering;

/// <summary>How two values are compared.</summary>
internal enum Comparison
{
    /// <summary>==</summary>
    Equal,

    /// <summary>!=</summary>
    NotEqual,

    /// <summary>&lt;</summary>
    Less,

    /// <summary>&lt;=</summary>
    LessOrEqual,

    /// <summary>&gt;</summary>
    Greater,

    /// <summary>&gt;=</summary>
    GreaterOrEqual,
}

/// <summary>The comparisons' spelling.</summary>
internal static class Comparisons
{
    // The longer before what they begin with.
    private static readonly (string Text, Comparison Comparison)[] Spellings =
    [
        ("==", Comparison.Equal), ("!=", Comparison.NotEqual), ("<=", Comparison.LessOrEqual), (">=", Comparison.GreaterOrEqual),
        ("<", Comparison.Less), (">", Comparison.Greater),
    ];

    // As other languages, and fingers, write them.
    private static readonly (string Text, string Meant)[] Misspellings =
    [
        ("===", "=="), ("!==", "!="), ("<>", "!="), ("=>", ">="), ("=<", "<="), ("=~", "=="), ("≥", ">="), ("≤", "<="), ("≠", "!="),
    ];

    /// <summary>Takes a comparison if one comes next.</summary>
    /// <exception cref="FilterException">It is misspelled.</exception>
    public static bool TryTake(TermText text, out Comparison comparison)
    {
        foreach (var (wrong, meant) in Misspellings)
            if (text.Rest.StartsWith(wrong, StringComparison.Ordinal)) throw text.Wrong($"{meant} is expected in place of {wrong}");
        foreach (var (spelling, meant) in Spellings)
        {
            if (!text.TryTake(spelling)) continue;
            comparison = meant;
            return true;
        }

        comparison = default;
        return false;
    }
}
