using System.Globalization;

namespace Posthorn.DeadLetters.Filtering;

/// <summary>Whole numbers, written as <c>3</c>, <c>3..5</c>, <c>3..</c>, <c>..5</c> or with a comparison in front, as <c>&gt;=3</c>.</summary>
internal sealed record NumberRange(long From, long To, bool IsOutside = false)
{
    private const string Range = "..";

    /// <summary>Whether a number is one of them.</summary>
    public bool Contains(long number) => (number >= From && number <= To) != IsOutside;

    /// <summary>Reads numbers.</summary>
    /// <exception cref="FilterException">It is none of these.</exception>
    public static NumberRange Read(TermText text)
    {
        text.SkipBlanks();
        var range = Comparisons.TryTake(text, out var comparison) ? Of(comparison, ReadNumber(text))
            : text.TryTake("=") ? Of(Comparison.Equal, ReadNumber(text))
            : ReadRange(text);
        text.End("nothing may follow the number");
        return range;
    }

    private static NumberRange Of(Comparison comparison, long number) => comparison switch
    {
        Comparison.Equal => new NumberRange(number, number),
        Comparison.NotEqual => new NumberRange(number, number, IsOutside: true),
        Comparison.Less => new NumberRange(long.MinValue, number - 1),
        Comparison.LessOrEqual => new NumberRange(long.MinValue, number),
        Comparison.Greater => new NumberRange(long.MinValue, number, IsOutside: true),
        Comparison.GreaterOrEqual => new NumberRange(number, long.MaxValue),
        _ => throw new ArgumentOutOfRangeException(nameof(comparison), comparison, message: null),
    };

    private static NumberRange ReadRange(TermText text)
    {
        if (text.TryTake(Range)) return new NumberRange(long.MinValue, ReadNumber(text));
        var from = ReadNumber(text);
        text.SkipBlanks();
        if (!text.TryTake(Range)) return new NumberRange(from, from);
        text.SkipBlanks();
        if (text.AtEnd) return new NumberRange(from, long.MaxValue);
        var at = text.Position;
        var to = ReadNumber(text);
        return to >= from ? new NumberRange(from, to) : throw text.Wrong("a range ends after it begins", at);
    }

    private static long ReadNumber(TermText text)
    {
        text.SkipBlanks();
        var at = text.Position;
        var digits = text.TakeDigits();
        if (digits.Length == 0) throw text.Wrong("a whole number is expected");
        return long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw text.Wrong("the number is too large", at);
    }
}
