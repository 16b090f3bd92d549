using System.CommandLine;
using Posthorn.DeadLetters;

namespace Posthorn.Worker.CommandLine.DeadLetters;

/// <summary>The filter's terms as options, the same on every verb: different ones are combined with AND, one that is repeated with OR.</summary>
internal static class FilterOptions
{
    private static readonly IReadOnlyList<(string Name, Option<string[]> Option)> All = [.. DeadLetterFilter.Fields.Select(field => (field.Name, Of(field)))];

    /// <summary>Adds them to a verb.</summary>
    public static Command WithFilter(this Command command)
    {
        foreach (var (_, option) in All) command.Add(option);
        return command;
    }

    /// <summary>Whether any was given.</summary>
    public static bool AnyGiven(ParseResult parsed) => Terms(parsed).Count > 0;

    /// <summary>The terms as they were given.</summary>
    public static IReadOnlyList<FilterTerm> Terms(ParseResult parsed) =>
        [.. All.SelectMany(each => (parsed.GetValue(each.Option) ?? []).Select(value => new FilterTerm(each.Name, value)))];

    /// <summary>The filter.</summary>
    /// <exception cref="FilterException">A term cannot be read.</exception>
    public static DeadLetterFilter Read(ParseResult parsed) => DeadLetterFilter.Parse(Terms(parsed), TimeProvider.System.GetUtcNow());

    private static Option<string[]> Of(FilterField field) => new($"--{field.Name}") { Description = $"{field.Description}, such as {field.Example}", HelpName = "TERM" };
}
