using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Posthorn.Profiles;

/// <summary>A set of HTTP statuses, written as <c>200-299</c> or <c>410</c>.</summary>
public sealed class StatusSet
{
    private readonly (int From, int To)[] _ranges;

    private StatusSet((int From, int To)[] ranges) => _ranges = ranges;

    /// <summary>No status.</summary>
    public static StatusSet Empty { get; } = new([]);

    /// <summary>Reads statuses and ranges.</summary>
    /// <exception cref="FormatException">One of them is neither.</exception>
    public static StatusSet Parse(params string[] texts) =>
        TryParse(texts, out var set, out var bad) ? set : throw new FormatException($"'{bad}' is not a status or a range of statuses");

    /// <summary>Reads statuses and ranges, or names the first that is neither; both ends lie within 100–599.</summary>
    public static bool TryParse(IEnumerable<string> texts, [NotNullWhen(true)] out StatusSet? set, [NotNullWhen(false)] out string? bad)
    {
        ArgumentNullException.ThrowIfNull(texts);
        var ranges = new List<(int, int)>();
        foreach (var text in texts)
        {
            var ends = text.Split('-', 2, StringSplitOptions.TrimEntries);
            if (!TryStatus(ends[0], out var from) || !TryStatus(ends[^1], out var to) || from > to)
            {
                (set, bad) = (null, text);
                return false;
            }

            ranges.Add((from, to));
        }

        (set, bad) = (new StatusSet([.. ranges]), null);
        return true;
    }

    /// <summary>Whether the status is in the set.</summary>
    public bool Contains(int status) => Array.Exists(_ranges, range => status >= range.From && status <= range.To);

    /// <summary>The ranges, as they would be written in a configuration.</summary>
    public IReadOnlyList<string> ToTexts() => [.. _ranges.Select(range => range.From == range.To ? $"{range.From}" : $"{range.From}-{range.To}")];

    /// <inheritdoc/>
    public override string ToString() => string.Join(", ", ToTexts());

    private static bool TryStatus(string text, out int status) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out status) && status is >= 100 and <= 599;
}
