using System.Text.Encodings.Web;
using System.Text.Json;

namespace Posthorn.DeadLetters.Filtering;

/// <summary>The values that are written out in an expression.</summary>
internal static class JsonLiterals
{
    private const int MaxExponentDigits = 4;

    /// <summary>The value of true, false or null; null of any other word.</summary>
    public static JsonElement? OfWord(string word) => word is "true" or "false" or "null" ? JsonElement.Parse(word) : null;

    /// <summary>The value of a text.</summary>
    public static JsonElement Of(string text) => JsonElement.Parse($"\"{JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(text)}\"");

    /// <summary>Reads a number as JSON has them (RFC 8259, section 6).</summary>
    /// <exception cref="FilterException">It is none.</exception>
    public static JsonElement ReadNumber(TermText text)
    {
        var start = text.Position;
        text.TryTake("-");
        var wholeAt = text.Position;
        if (Digits(text) is [_, ..] whole && whole is ['0', _, ..]) throw text.Wrong("a number begins with no 0 but the one before its point", wholeAt);
        if (text.TryTake(".")) Digits(text);
        if (text.Next is 'e' or 'E') ReadExponent(text);
        if (text.Next == '.' || PayloadOperandReader.IsOfName(text.Next)) throw text.Wrong("a number ends here; a text needs quotes");
        return JsonElement.Parse(text.Value.AsSpan(start, text.Position - start));
    }

    private static void ReadExponent(TermText text)
    {
        text.Position++;
        if (text.Next is '+' or '-') text.Position++;
        var at = text.Position;
        if (Digits(text).Length > MaxExponentDigits) throw text.Wrong("the exponent is too large", at);
    }

    private static ReadOnlySpan<char> Digits(TermText text)
    {
        var digits = text.TakeDigits();
        return digits.Length > 0 ? digits : throw text.Wrong("a digit is expected");
    }
}
