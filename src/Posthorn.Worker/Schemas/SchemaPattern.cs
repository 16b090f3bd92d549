using System.Text;
using System.Text.RegularExpressions;

namespace Posthorn.Worker.Schemas;

/// <summary>
/// A regular expression of a schema, which is ECMAScript's (ECMA-262). It matches in time linear in the text, and no caller's pattern
/// runs longer than <see cref="Timeout"/>; what cannot be matched so, lookarounds and backreferences, is refused.
/// </summary>
internal sealed class SchemaPattern
{
    /// <summary>The longest pattern, in UTF-16 units.</summary>
    public const int MaxLength = 1000;

    /// <summary>The longest one match may take.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromMilliseconds(250);

    private readonly Regex _regex;

    private SchemaPattern(string text, Regex regex)
    {
        Text = text;
        _regex = regex;
    }

    /// <summary>As the schema writes it.</summary>
    public string Text { get; }

    /// <summary>Reads a pattern.</summary>
    /// <param name="text">As the schema writes it.</param>
    /// <param name="fault">What is wrong with it; empty when nothing is.</param>
    /// <returns>The pattern; null when it is none.</returns>
    public static SchemaPattern? Parse(string text, out string fault)
    {
        fault = text.Length > MaxLength ? $"is {text.Length} characters; a pattern has at most {MaxLength}" : "";
        if (fault.Length > 0) return null;
        try
        {
            return new SchemaPattern(text, new Regex(Translated(text), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, Timeout));
        }
        catch (RegexParseException broken)
        {
            fault = $"is not a valid regular expression (at character {broken.Offset + 1})";
        }
        catch (NotSupportedException)
        {
            fault = "cannot be matched in bounded time; lookaheads, lookbehinds, backreferences and large counted repetitions are not accepted";
        }

        return null;
    }

    /// <summary>Whether it occurs in a text.</summary>
    /// <exception cref="RegexMatchTimeoutException">It took longer than <see cref="Timeout"/>.</exception>
    public bool IsMatch(string value) => _regex.IsMatch(value);

    /// <summary>
    /// In ECMAScript <c>$</c> is the very end, not also the place before a last line feed, and <c>\d</c> and <c>\w</c> are of ASCII.
    /// </summary>
    private static string Translated(string text)
    {
        var result = new StringBuilder(text.Length + 16);
        var isClass = false;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '\\' && i + 1 < text.Length)
            {
                result.Append(Escape(text[++i], isClass));
                continue;
            }

            isClass = c == '[' || (isClass && c != ']');
            result.Append(c == '$' && !isClass ? @"\z" : c.ToString());
        }

        return result.ToString();
    }

    private static string Escape(char escaped, bool isClass) => (escaped, isClass) switch
    {
        ('d', true) => "0-9",
        ('d', false) => "[0-9]",
        ('D', false) => "[^0-9]",
        ('w', true) => "A-Za-z0-9_",
        ('w', false) => "[A-Za-z0-9_]",
        ('W', false) => "[^A-Za-z0-9_]",
        _ => "\\" + escaped,
    };
}
