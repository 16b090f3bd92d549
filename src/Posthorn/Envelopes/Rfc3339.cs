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
        if (TryParseOwn(text, out time)) return true;
        var cut = Cut(text.ToUpperInvariant());
        return DateTimeOffset.TryParseExact(cut, FormatOf(cut), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out time);
    }

    /// <summary>Writes a time in UTC.</summary>
    public static string Format(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <summary>Reads what <see cref="Format"/> writes, as most times on a queue are: the general way takes several times as long.</summary>
    private static bool TryParseOwn(ReadOnlySpan<char> text, out DateTimeOffset time)
    {
        time = default;
        if (text is not [_, _, _, _, '-', _, _, '-', _, _, 'T', _, _, ':', _, _, ':', _, _, '.', _, _, _, 'Z']) return false;
        var (year, month, day) = (Digits(text[..4]), Digits(text[5..7]), Digits(text[8..10]));
        var (hour, minute, second, millisecond) = (Digits(text[11..13]), Digits(text[14..16]), Digits(text[17..19]), Digits(text[20..23]));
        if (year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month)) return false;
        if (hour is < 0 or > 23 || minute is < 0 or > 59 || second is < 0 or > 59 || millisecond < 0) return false;
        time = new DateTimeOffset(year, month, day, hour, minute, second, millisecond, TimeSpan.Zero);
        return true;
    }

    /// <summary>A whole number; -1 when not every character is a digit.</summary>
    private static int Digits(ReadOnlySpan<char> text)
    {
        var number = 0;
        foreach (var character in text)
        {
            if (!char.IsAsciiDigit(character)) return -1;
            number = (10 * number) + (character - '0');
        }

        return number;
    }

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
