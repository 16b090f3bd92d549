using System.Globalization;
using Posthorn.Envelopes;

namespace Posthorn.DeadLetters.Filtering;

/// <summary>A time, written as one, as a date, or as a duration before now.</summary>
/// <param name="Time">When.</param>
/// <param name="Term">The term with that time in it, so that it says the same tomorrow.</param>
internal readonly record struct TimePoint(DateTimeOffset Time, FilterTerm Term)
{
    // Its digits stand for any digit.
    private const string Shape = "0000-00-00T00:00:00";
    private const int DateLength = 10;

    private static readonly (int At, int Min, int Max, string Problem)[] Bounds =
    [
        (5, 1, 12, "a month lies within 01-12"), (8, 1, 31, "a day lies within 01-31"),
        (11, 0, 23, "an hour lies within 00-23"), (14, 0, 59, "a minute lies within 00-59"), (17, 0, 59, "a second lies within 00-59"),
    ];

    /// <summary>Reads a time.</summary>
    /// <exception cref="FilterException">It is none of the three, or beyond the calendar.</exception>
    public static TimePoint Read(TermText text, DateTimeOffset now)
    {
        text.SkipBlanks();
        var typed = text.Rest.TrimEnd(" ").ToString();
        if (Rfc3339.TryParse(typed, out var time)) return new TimePoint(time, text.Term);
        if (TryDate(typed, out var date)) return new TimePoint(new DateTimeOffset(date, TimeOnly.MinValue, TimeSpan.Zero), text.Term);
        if (!char.IsAsciiDigit(text.Next)) throw text.Wrong("a duration such as 2h, a time or a date is expected");
        if (typed.Length > 4 && typed[4] == '-') throw WrongTime(text, typed);
        return Before(now, text);
    }

    private static bool TryDate(string text, out DateOnly date) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out date);

    private static TimePoint Before(DateTimeOffset now, TermText text)
    {
        var total = 0L;
        while (!text.AtEnd && text.Next != ' ') total = ReadDuration(text, total, now);
        text.End("nothing may follow a duration");
        // What is written is what counts, so that the filter of an interrupted run is the same when it is resumed.
        var written = Rfc3339.Format(now.ToUniversalTime().AddSeconds(-total));
        return new TimePoint(Rfc3339.TryParse(written, out var time) ? time : throw new FormatException(written), text.Term with { Value = written });
    }

    /// <summary>Reads one number and its unit.</summary>
    /// <returns>The seconds so far, these included.</returns>
    private static long ReadDuration(TermText text, long soFar, DateTimeOffset now)
    {
        const int MaxDigits = 12; // A trillion weeks do not overflow.
        var at = text.Position;
        var digits = text.TakeDigits().TrimStart('0');
        if (text.Position == at) throw text.Wrong("a number is expected");
        var unit = text.Next switch
        {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86_400,
            'w' => 604_800,
            _ => throw text.Wrong("a unit is expected: s, m, h, d or w"),
        };
        text.Position++;
        var number = digits.Length == 0 ? 0 : digits.Length > MaxDigits ? long.MaxValue / unit : long.Parse(digits, CultureInfo.InvariantCulture);
        var most = (now - DateTimeOffset.MinValue).Ticks / TimeSpan.TicksPerSecond;
        return number * unit <= most - soFar ? soFar + (number * unit) : throw text.Wrong("the duration goes back beyond the calendar", at);
    }

    /// <summary>What begins like a date and is neither date nor time.</summary>
    private static FilterException WrongTime(TermText text, string typed)
    {
        if (typed.Length == DateLength) typed += Shape[DateLength..];
        for (var at = 0; at < Shape.Length; at++)
        {
            var isRight = at < typed.Length && (Shape[at] == '0' ? char.IsAsciiDigit(typed[at]) : char.ToUpperInvariant(typed[at]) == Shape[at]);
            if (!isRight) return text.Wrong("a time is written as 2026-03-21T15:30:00Z, a date as 2026-03-21", text.Position + at);
        }

        foreach (var (at, min, max, problem) in Bounds)
        {
            var number = int.Parse(typed.AsSpan(at, 2), CultureInfo.InvariantCulture);
            if (number < min || number > max) return text.Wrong(problem, text.Position + at);
        }

        return WrongEnd(text, typed);
    }

    /// <summary>What begins like a time within its bounds: there is no such day, or the fraction or the offset is wrong.</summary>
    private static FilterException WrongEnd(TermText text, string typed)
    {
        if (!TryDate(typed[..DateLength], out _)) return text.Wrong("there is no such day", text.Position + 8);
        text.Position += Shape.Length;
        if (text.TryTake(".") && text.TakeDigits().Length == 0) return text.Wrong("digits are expected");
        return text.Wrong("Z, or an offset such as +01:00, is expected");
    }
}
