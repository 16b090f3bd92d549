using System.Globalization;
using System.Text;

namespace Posthorn.DeadLetters.Filtering;

/// <summary>Reads a text in double or single quotes, with the escapes of JSON.</summary>
internal static class QuotedText
{
    private const int HexDigits = 4;

    /// <summary>Reads one, from its quote to its quote.</summary>
    /// <exception cref="FilterException">It does not end, or an escape is wrong.</exception>
    public static string Read(TermText text)
    {
        var start = text.Position;
        var quote = text.Next;
        var read = new StringBuilder();
        for (text.Position++; text.Next != quote;)
        {
            if (text.AtEnd) throw text.Wrong($"the text that begins at character {start + 1} has no end: a {quote} is missing");
            if (char.IsControl(text.Next)) throw text.Wrong("a line cannot end in a text; write \\n");
            if (text.Next == '\\') ReadEscape(text, read, quote);
            else read.Append(text.Value[text.Position++]);
        }

        text.Position++;
        return read.ToString();
    }

    private static void ReadEscape(TermText text, StringBuilder read, char quote)
    {
        var at = text.Position++;
        if (text.TryTake("u"))
        {
            ReadUnits(text, read, at);
            return;
        }

        read.Append(text.Next switch
        {
            '"' or '\\' or '/' => text.Next,
            '\'' when quote == '\'' => '\'',
            'b' => '\b',
            'f' => '\f',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            _ => throw text.Wrong("""there is no such escape; there are: \" \\ \/ \b \f \n \r \t \u0000, and \' in single quotes""", at),
        });
        text.Position++;
    }

    private static void ReadUnits(TermText text, StringBuilder read, int at)
    {
        var unit = ReadUnit(text);
        read.Append(unit);
        if (!char.IsSurrogate(unit)) return;
        if (!text.TryTake("\\u") || ReadUnit(text) is var low && !char.IsSurrogatePair(unit, low)) throw text.Wrong("half a surrogate pair is no text", at);
        read.Append(low);
    }

    private static char ReadUnit(TermText text)
    {
        var start = text.Position;
        for (; text.Position < start + HexDigits; text.Position++)
            if (!char.IsAsciiHexDigit(text.Next)) throw text.Wrong("four hexadecimal digits are expected after \\u");
        return (char)int.Parse(text.Value.AsSpan(start, HexDigits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
    }
}
