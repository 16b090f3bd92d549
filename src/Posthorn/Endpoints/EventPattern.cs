namespace Posthorn.Endpoints;

/// <summary>Which event types a subscription wants: one by its exact name, <c>document.*</c> for all below it, or <c>*</c> for all.</summary>
public static class EventPattern
{
    /// <summary>All types but the operational ones.</summary>
    public const string All = "*";

    private const int MaxLength = 128;
    private const string AllBelow = ".*";

    /// <summary>Whether a text may stand in a subscription.</summary>
    public static bool IsPattern(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var stem = text == All ? "" : text.EndsWith(AllBelow, StringComparison.Ordinal) ? text[..^AllBelow.Length] : text;
        return text == All || (stem.Length is > 0 and <= MaxLength && !stem.AsSpan().ContainsAnyExceptInRange('!', '~') && !stem.Contains('*', StringComparison.Ordinal));
    }

    /// <summary>Whether a pattern takes a type.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <param name="type">The event's type.</param>
    /// <param name="isOperational">Whether it is an event about endpoints and deliveries, which <c>*</c> alone does not take.</param>
    public static bool Takes(string pattern, string type, bool isOperational)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        ArgumentNullException.ThrowIfNull(type);
        if (pattern == All) return !isOperational;
        return pattern.EndsWith(AllBelow, StringComparison.Ordinal)
            ? type.StartsWith(pattern.AsSpan(0, pattern.Length - 1), StringComparison.Ordinal)
            : pattern.Equals(type, StringComparison.Ordinal);
    }
}
