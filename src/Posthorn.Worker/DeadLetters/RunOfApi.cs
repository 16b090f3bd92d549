using System.Globalization;
using Posthorn.Access;
using Posthorn.DeadLetters;

namespace Posthorn.Worker.DeadLetters;

/// <summary>The record of what a caller of the API did to dead letters that it named by their numbers.</summary>
internal static class RunOfApi
{
    /// <summary>A run that is one step: it is complete when it is on record.</summary>
    public static DeadLetterRun Begin(RunKind kind, Caller caller, IReadOnlyList<long> sequences, DateTimeOffset now) => new()
    {
        Id = OpenRuns.NewId(),
        Kind = kind,
        State = RunState.Completed,
        Operator = $"{caller.Name} (API)",
        Filter = DeadLetterFilter.Parse(Ranges(sequences).Select(range => new FilterTerm("sequence", range)), now).ToJson(),
        Options = "{}",
        Matched = sequences.Count,
        LastSequence = sequences.Max(),
        Cursor = sequences.Max() + 1,
        StartedAt = now,
        UpdatedAt = now,
        Owner = RunOwner.OfThisProcess(),
    };

    /// <summary>Numbers as few ranges, such as <c>3..7</c>.</summary>
    private static List<string> Ranges(IReadOnlyList<long> sequences)
    {
        var ranges = new List<(long First, long Last)>();
        foreach (var sequence in sequences.Distinct().Order())
        {
            if (ranges is [.., var (first, last)] && last + 1 == sequence) ranges[^1] = (first, sequence);
            else ranges.Add((sequence, sequence));
        }

        return ranges.ConvertAll(range => range.First == range.Last ? range.First.ToString(CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"{range.First}..{range.Last}"));
    }
}
