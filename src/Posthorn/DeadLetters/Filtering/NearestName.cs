namespace Posthorn.DeadLetters.Filtering;

/// <summary>Finds what somebody may have meant.</summary>
internal static class NearestName
{
    private const int MaxLength = 40;

    /// <summary>The name that begins with what was typed, or differs from it in few characters; null when none is near.</summary>
    public static string? Of(string typed, IReadOnlyList<string> names)
    {
        if (typed.Length is 0 or > MaxLength) return null;
        if (typed.Length > 2 && names.FirstOrDefault(name => name.StartsWith(typed, StringComparison.OrdinalIgnoreCase)) is { } begun) return begun;
        var nearest = names.MinBy(name => Distance(typed, name));
        return nearest is not null && Distance(typed, nearest) <= Math.Max(1, typed.Length / 3) ? nearest : null;
    }

    /// <summary>What a message says of the nearest.</summary>
    public static string Hint(string? nearest) => nearest is null ? "" : $", the nearest is {nearest}";

    /// <summary>Levenshtein's, without regard to case.</summary>
    private static int Distance(string one, string other)
    {
        var row = Enumerable.Range(0, other.Length + 1).ToArray();
        for (var i = 0; i < one.Length; i++)
        {
            var diagonal = row[0]++;
            for (var j = 0; j < other.Length; j++)
            {
                var replaced = diagonal + (char.ToUpperInvariant(one[i]) == char.ToUpperInvariant(other[j]) ? 0 : 1);
                diagonal = row[j + 1];
                row[j + 1] = Math.Min(replaced, Math.Min(row[j], row[j + 1]) + 1);
            }
        }

        return row[^1];
    }
}
