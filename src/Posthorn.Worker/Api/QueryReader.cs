using System.Globalization;
using Posthorn.DeadLetters;
using Posthorn.Envelopes;
using Posthorn.Worker.DeadLetters;

namespace Posthorn.Worker.Api;

/// <summary>Reads what a query says of pages and times; what is wrong is noted under the parameter's name.</summary>
internal sealed class QueryReader(IQueryCollection query)
{
    /// <summary>The largest page.</summary>
    public const int MaxLimit = 250;

    private const int DefaultLimit = 50;
    private readonly List<Fault> _faults = [];

    /// <summary>The answer to a query that is wrong; null when nothing is.</summary>
    public Problem? Problem => _faults.Count == 0 ? null : Api.Problem.Of(StatusCodes.Status400BadRequest, "The query cannot be read.", _faults);

    /// <summary>A text; null when absent.</summary>
    public string? Text(string name) => query[name] is [{ Length: > 0 } text] ? text : null;

    /// <summary>The page's size.</summary>
    public int Limit() => (int)(Whole("limit", 1, MaxLimit) ?? DefaultLimit);

    /// <summary>A whole number within bounds.</summary>
    public long? Whole(string name, long min, long max)
    {
        if (Text(name) is not { } text) return null;
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max) return number;
        return Wrong<long>(name, text, $"a whole number from {min} to {max}");
    }

    /// <summary>A time (RFC 3339).</summary>
    public DateTimeOffset? Time(string name)
    {
        // A plus sign that was not escaped has become a space.
        if (Text(name) is not { } text) return null;
        return Rfc3339.TryParse(text.Replace(' ', '+'), out var time) ? time : Wrong<DateTimeOffset>(name, text, "a time such as 2026-01-31T12:00:00Z (RFC 3339)");
    }

    /// <summary>One of a closed set.</summary>
    public T? Choice<T>(string name)
        where T : struct, Enum
    {
        if (Text(name) is not { } text) return null;
        return Answers.Names.Parse<T>(text) ?? Wrong<T>(name, text, string.Join(", ", Enum.GetValues<T>().Select(Answers.Names.Of)));
    }

    /// <summary>The filter of dead letters: each of its terms is a parameter of its name, and one that is repeated is OR.</summary>
    /// <param name="now">What a duration counts back from.</param>
    /// <param name="others">What else the query may hold: a term that is misspelt must not widen it.</param>
    public DeadLetterFilter DeadLetters(DateTimeOffset now, params ReadOnlySpan<string> others)
    {
        foreach (var name in query.Keys)
            if (!others.Contains(name) && !DeadLetterFilter.Fields.Any(field => field.Name == name))
                _faults.Add(new Fault(EnvelopeError.Shown(name).Trim('\''), $"is no parameter; accepted: {string.Join(", ", [.. others, .. DeadLetterFilter.Fields.Select(field => field.Name)])}"));

        try
        {
            return DeadLetterFilter.Parse(DeadLetterFilter.Fields.SelectMany(field => query[field.Name].OfType<string>().Select(value => new FilterTerm(field.Name, value))), now);
        }
        catch (FilterException wrong)
        {
            _faults.Add(new Fault(wrong.Name, $"{EnvelopeError.Shown(wrong.Value)}: {wrong.Problem} at character {wrong.Position + 1}; example: {wrong.Example}"));
            return DeadLetterFilter.Everything;
        }
    }

    /// <summary>What dead letters are grouped by.</summary>
    public GroupDimensions Dimensions()
    {
        if (Text("by") is not { } text) return DimensionNames.Default;
        if (DimensionNames.TryParse(text, out var by, out var unknown)) return by;
        Wrong<int>("by", unknown, DimensionNames.Accepted);
        return DimensionNames.Default;
    }

    private T? Wrong<T>(string name, string held, string accepted)
        where T : struct
    {
        _faults.Add(new Fault(name, $"{EnvelopeError.Shown(held)} is not accepted; accepted: {accepted}"));
        return null;
    }
}
