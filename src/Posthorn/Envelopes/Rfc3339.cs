using System.Globalization;
using System.Text;

namespace Posthorn.Envelopes;

/// <summary>Times of the Internet: date, time, and always an offset.</summary>
public static class Rfc3339
{
    private static readonly CompositeFormat Whole = CompositeFormat.Parse("yyyy-MM-dd'T'HH:mm:ss{0}{1}");

    // By the digits of the second's fraction, and for each with Z and with an offset in numbers.
    private static readonly string[] Formats =
        [.. Enumerable.Range(0, 8).SelectMany(digits => new[] { "'Z'", "zzz" }.Select(offset =>
            string.Format(CultureInfo.InvariantCulture, Whole, digits == 0 ? "" : "." + new string('f', digits), offset)))];

    /// <summary>Reads a time; a text without an offset is none. Digits beyond .NET's seven are cut.</summary>
    public static bool TryParse(string text, out DateTimeOffset time)
    {
        ArgumentNullException.ThrowIfNull(text);
        var cut = Cut(text.ToUpperInvariant());
        return DateTimeOffset.TryParseExact(cut, FormatOf(cut), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out time);
    }

    /// <summary>Writes a time in UTC.</summary>
    public static string Format(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <summary>The one format that can fit: trying all of them costs as much as the rest of an envelope.</summary>
    private static string FormatOf(string cut)
    {
        var point = cut.IndexOf('.', StringComparison.Ordinal);
        var digits = point < 0 ? 0 : cut.AsSpan(point + 1).IndexOfAnyExceptInRange('0', '9');
        return Formats[(2 * Math.Max(digits, 0)) + (cut.EndsWith('Z') ? 0 : 1)];
    }

    private static string Cut(string text)
    {
        const int Kept = 7;
        var point = text.IndexOf('.', StringComparison.Ordinal);
        if (point < 0) return text;
        var digits = text.AsSpan(point + 1).IndexOfAnyExceptInRange('0', '9');
        return digits <= Kept ? text : text.Remove(point + 1 + Kept, digits - Kept);
    }
}
