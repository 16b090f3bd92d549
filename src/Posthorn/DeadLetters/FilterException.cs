using Posthorn.DeadLetters.Filtering;

namespace Posthorn.DeadLetters;

/// <summary>A filter cannot be read: what is wrong with which term, where, and how it is written.</summary>
public sealed class FilterException : Exception
{
    private const int MaxShown = 72;

    internal FilterException(FilterTerm term, int position, string problem, string example)
        : base(Printable.Of($"--{term.Name}: {problem} at character {position + 1}; example: --{term.Name} {ShellText.Quote(example)}"))
    {
        (Name, Value, Position, Problem, Example) = (term.Name, term.Value, position, Printable.Of(problem), example);
    }

    private FilterException(FilterTerm term, string problem, FilterField field)
        : base(Printable.Of($"--{Printable.Short(term.Name)}: {problem}; example: --{field.Name} {ShellText.Quote(field.Example)}"))
    {
        (Name, Value, Position, Problem, Example) = (term.Name, term.Value, 0, Printable.Of(problem), field.Example);
    }

    /// <summary>The term's name, without dashes.</summary>
    public string Name { get; }

    /// <summary>The term's value.</summary>
    public string Value { get; }

    /// <summary>The place of the first wrong character in <see cref="Value"/>, from 0; its length when something is missing at the end.</summary>
    public int Position { get; }

    /// <summary>What is wrong there, in one line.</summary>
    public string Problem { get; }

    /// <summary>A correct value of the field; when there is no such field, of another.</summary>
    public string Example { get; }

    /// <summary>Two lines: the value, of a long one what is around the place, and a caret under the place.</summary>
    public string Pointer
    {
        get
        {
            var shown = Printable.Of(Value);
            var from = Math.Clamp(Position - (MaxShown / 2), 0, Math.Max(0, shown.Length - MaxShown));
            var to = Math.Min(shown.Length, from + MaxShown);
            if (from > 0 && char.IsLowSurrogate(shown[from])) from++;
            if (to < shown.Length && char.IsLowSurrogate(shown[to])) to--;
            var before = (from > 0 ? "…" : "") + shown[from..Position];
            var after = shown[Position..to] + (to < shown.Length ? "…" : "");
            return $"{before}{after}\n{new string(' ', Printable.Columns(before))}^";
        }
    }

    /// <summary>There is no field of a term's name.</summary>
    internal static FilterException UnknownName(FilterTerm term)
    {
        var names = DeadLetterFilter.Fields.Select(field => field.Name).ToList();
        var nearest = NearestName.Of(term.Name, names);
        var field = DeadLetterFilter.Fields.FirstOrDefault(field => field.Name == nearest) ?? DeadLetterFilter.Fields[0];
        return new FilterException(term, $"there is no such filter{NearestName.Hint(nearest)}; there are: {string.Join(", ", names)}", field);
    }
}
