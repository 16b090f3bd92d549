using System.Text;

namespace Posthorn.DeadLetters.Filtering;

/// <summary>Writes a text as an argument of a command line in bash or zsh.</summary>
internal static class ShellText
{
    private const string Plain = "_-./:@%+,=";

    /// <summary>The text as it is, or in the quotes it needs.</summary>
    public static string Quote(string text)
    {
        if (text.Length > 0 && text[0] != '=' && text.All(c => char.IsAsciiLetterOrDigit(c) || Plain.Contains(c))) return text;
        return Printable.Of(text) == text ? $"'{text.Replace("'", @"'\''", StringComparison.Ordinal)}'" : Escaped(text);
    }

    /// <summary>A text with characters that cannot be shown, in the quotes in which they are written by their numbers.</summary>
    private static string Escaped(string text)
    {
        var escaped = new StringBuilder("$'");
        foreach (var rune in text.EnumerateRunes())
        {
            var written = rune.ToString();
            if (rune.Value is '\'' or '\\') escaped.Append('\\').Append(written);
            else if (Printable.Of(written) == written) escaped.Append(written);
            else escaped.Append(rune.IsBmp ? $"\\u{rune.Value:x4}" : $"\\U{rune.Value:x8}");
        }

        return escaped.Append('\'').ToString();
    }
}
