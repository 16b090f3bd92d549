using System.Globalization;

namespace Posthorn.DeadLetters.Filtering;

/// <summary>HTTP statuses, written as <c>503</c>, <c>500-599</c> or <c>5xx</c>.</summary>
internal sealed record StatusRange(int From, int To)
{
    private const int Min = 100;
    private const int Max = 999;

    /// <summary>Whether a status is one of them; no status is none.</summary>
    public bool Contains(int? status) => status >= From && status <= To;

    /// <summary>Reads statuses.</summary>
    /// <exception cref="FilterException">It is neither a status, nor a range, nor a class.</exception>
    public static StatusRange Read(TermText text)
    {
        var first = ReadOne(text);
        text.SkipBlanks();
        var last = first;
        if (text.TryTake("-"))
        {
            text.SkipBlanks();
            var at = text.Position;
            last = ReadOne(text);
            if (last.To < first.From) throw text.Wrong("a range ends after it begins", at);
        }

        text.End("nothing may follow a status but - and another");
        return new StatusRange(first.From, last.To);
    }

    private static StatusRange ReadOne(TermText text)
    {
        text.SkipBlanks();
        var at = text.Position;
        var digits = text.TakeDigits();
        if (digits.Length == 0) throw text.Wrong("a status is expected: 503, 500-599 or 5xx");
        if (digits.Length == 1 && text.Next is 'x' or 'X') return ReadClass(text, at, digits[0] - '0');
        var isOne = int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var status) && status is >= Min and <= Max;
        return isOne ? new StatusRange(status, status) : throw text.Wrong($"a status lies within {Min}-{Max}", at);
    }

    private static StatusRange ReadClass(TermText text, int at, int hundreds)
    {
        if (hundreds == 0) throw text.Wrong($"a status lies within {Min}-{Max}", at);
        for (var i = 0; i < 2; i++)
        {
            if (text.Next is not ('x' or 'X')) throw text.Wrong("a class is a digit and two x, such as 5xx");
            text.Position++;
        }

        return new StatusRange(hundreds * 100, (hundreds * 100) + 99);
    }
}
