using System.Globalization;
using System.Text;

namespace Posthorn.DeadLetters.Filtering;

/// <summary>Makes what somebody typed fit to be shown on a terminal.</summary>
internal static class Printable
{
    private const char Replacement = '\uFFFD';
    private const int MaxShort = 40;

    /// <summary>The text in its length, with U+FFFD for what a terminal would obey or hide: controls, formats, halves of surrogate pairs.</summary>
    public static string Of(string text)
    {
        if (text.All(c => c is >= ' ' and <= '~')) return text;
        var shown = new StringBuilder(text.Length);
        for (var at = 0; at < text.Length;)
        {
            var isWhole = Rune.TryGetRuneAt(text, at, out var rune);
            var length = isWhole ? rune.Utf16SequenceLength : 1;
            if (isWhole && IsShown(rune)) shown.Append(text, at, length);
            else shown.Append(Replacement, length);
            at += length;
        }

        return shown.ToString();
    }

    /// <summary>The beginning of a text, as a message may quote it.</summary>
    public static string Short(ReadOnlySpan<char> text) => Of(text.Length <= MaxShort ? text.ToString() : string.Concat(text[..MaxShort], "…"));

    /// <summary>How many columns a printable text takes on a terminal.</summary>
    public static int Columns(string shown) => shown.EnumerateRunes().Sum(ColumnsOf);

    private static bool IsShown(Rune rune) => Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned);

    // Unicode Standard Annex 11, as far as most terminals follow it.
    private static int ColumnsOf(Rune rune) => rune.Value switch
    {
        < 0x300 => 1,
        (>= 0x1100 and <= 0x115F) or (>= 0x2E80 and <= 0xA4CF) or (>= 0xAC00 and <= 0xD7A3) or (>= 0xF900 and <= 0xFAFF) or (>= 0xFE30 and <= 0xFE6F)
            or (>= 0xFF00 and <= 0xFF60) or (>= 0xFFE0 and <= 0xFFE6) or (>= 0x1F300 and <= 0x1F64F) or (>= 0x1F900 and <= 0x1F9FF) or >= 0x20000 => 2,
        _ => Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark ? 0 : 1,
    };
}
