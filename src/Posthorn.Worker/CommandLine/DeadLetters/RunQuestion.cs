using System.CommandLine;
using System.Globalization;
using Posthorn.DeadLetters;
using Posthorn.Settings;

namespace Posthorn.Worker.CommandLine.DeadLetters;

/// <summary>What an operator sees, and is asked, before dead letters are changed; and who they are.</summary>
internal static class RunQuestion
{
    private const int MostGroups = 15;

    public static Option<bool> Yes { get; } = new("--yes") { Description = "Do not ask" };

    public static Option<string?> Operator { get; } = new("--operator") { Description = "Who does this, for the record (default: user@host)", HelpName = "WHO" };

    /// <summary>Who does it.</summary>
    public static string OperatorOf(ParseResult parsed)
    {
        if (parsed.GetValue(Operator) is not { } given) return $"{Environment.UserName}@{Environment.MachineName}";
        if (given.Length is 0 or > 200 || given.Any(char.IsControl)) throw new SettingsException("--operator", "is not accepted", "1 to 200 characters");
        return given;
    }

    /// <summary>Shows what is meant, beside the result.</summary>
    public static void Preview(IReadOnlyList<DeadLetterGroup> groups)
    {
        if (Console.IsErrorRedirected) Terminal.Notes.Profile.Width = 400;
        Terminal.Notes.Write(GroupTable.Of(groups, GroupDimensions.Cause | GroupDimensions.Destination, MostGroups));
        if (groups.Count > MostGroups) Terminal.Note($"and {groups.Count - MostGroups} more groups");
    }

    /// <summary>Asks, unless it need not.</summary>
    /// <exception cref="SettingsException">Nobody can be asked.</exception>
    public static bool Confirm(ParseResult parsed, string question)
    {
        if (parsed.GetValue(Yes)) return true;
        Console.Error.Write($"{question} [y/N] ");
        var answer = Console.In.ReadLine() ?? throw new SettingsException("--yes", "is missing, and nobody can be asked", "--yes, or an answer on standard input");
        if (answer.Trim().ToLowerInvariant() is "y" or "yes") return true;
        Terminal.Note("Nothing was done.");
        return false;
    }

    public static string Count(long count) => count == 1 ? "1 dead letter" : $"{count.ToString("N0", CultureInfo.InvariantCulture)} dead letters";
}
