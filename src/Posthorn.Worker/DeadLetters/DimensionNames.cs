using Posthorn.DeadLetters;

namespace Posthorn.Worker.DeadLetters;

/// <summary>What dead letters are grouped by, as it is written on the command line and in a query.</summary>
internal static class DimensionNames
{
    public const GroupDimensions Default = GroupDimensions.Cause | GroupDimensions.Destination | GroupDimensions.Profile | GroupDimensions.Type | GroupDimensions.Tenant;

    public const string Accepted = "cause, reason, status, error, destination, url, endpoint, profile, type, tenant";

    /// <summary>Reads names with commas between.</summary>
    /// <param name="text">The names.</param>
    /// <param name="by">What they stand for.</param>
    /// <param name="unknown">The first one that stands for nothing.</param>
    public static bool TryParse(string text, out GroupDimensions by, out string unknown)
    {
        (by, unknown) = (GroupDimensions.None, "");
        foreach (var name in text.Split(',', StringSplitOptions.TrimEntries))
        {
            unknown = name;
            if (!name.All(char.IsAsciiLetter) || !Enum.TryParse<GroupDimensions>(name, ignoreCase: true, out var one) || one == GroupDimensions.None) return false;
            by |= one;
        }

        return true;
    }

    /// <summary>The names of dimensions.</summary>
    public static string Write(GroupDimensions by) => by.ToString().Replace(" ", "", StringComparison.Ordinal).ToLowerInvariant();
}
