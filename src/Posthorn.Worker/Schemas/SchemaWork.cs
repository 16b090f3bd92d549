using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Posthorn.Worker.Schemas;

/// <summary>
/// What checking one event may cost. A schema of a few lines can ask for more steps than there is time: alternatives within
/// alternatives double with every level of the data.
/// </summary>
internal sealed class SchemaWork
{
    /// <summary>The most comparisons; about a second of one core.</summary>
    public const long MaxSteps = 200_000_000;

    /// <summary>The steps one value costs against one schema, whatever they hold.</summary>
    private const int StepsOfVisit = 200;

    private static readonly TimeSpan MaxMatching = TimeSpan.FromSeconds(1);

    private long _steps;
    private TimeSpan _matching;

    /// <summary>Counts one value against one schema.</summary>
    /// <exception cref="ExceededException">It was too much.</exception>
    public void Visit(string place) => Spend(StepsOfVisit, place);

    /// <summary>Counts comparisons.</summary>
    /// <exception cref="ExceededException">They were too many.</exception>
    public void Spend(long steps, string place)
    {
        _steps += steps;
        if (_steps > MaxSteps) throw new ExceededException(place, "is where checking stopped: the schema asks for too many comparisons with this data");
    }

    /// <summary>Matches a text, and counts the time.</summary>
    /// <exception cref="ExceededException">It took too long.</exception>
    public bool IsMatch(SchemaPattern pattern, string text, string place)
    {
        Spend(StepsOfVisit, place);
        var started = Stopwatch.GetTimestamp();
        try
        {
            var isMatch = pattern.IsMatch(text);
            _matching += Stopwatch.GetElapsedTime(started);
            return _matching <= MaxMatching ? isMatch : throw TooLong(pattern, place);
        }
        catch (RegexMatchTimeoutException)
        {
            throw TooLong(pattern, place);
        }
    }

    private static ExceededException TooLong(SchemaPattern pattern, string place) =>
        new(place, $"is where checking stopped: matching the pattern {Envelopes.EnvelopeError.Shown(pattern.Text)} takes too long");

    /// <summary>Ends a check from whatever depth it has reached; it never leaves <see cref="SchemaJudge"/>.</summary>
    internal sealed class ExceededException(string place, string detail) : Exception(detail)
    {
        /// <summary>Where it ended.</summary>
        public string Place => place;
    }
}
