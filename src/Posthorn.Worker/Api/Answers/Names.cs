using System.Text.Json;
using Posthorn.Access;

namespace Posthorn.Worker.Api.Answers;

/// <summary>The words that the API has for closed sets.</summary>
internal static class Names
{
    /// <summary>A value in snake case.</summary>
    public static string Of<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    /// <summary>Each role of a set.</summary>
    public static IReadOnlyList<string> Of(Roles roles) =>
        [.. Enum.GetValues<Roles>().Where(role => role is not (Roles.None or Roles.All) && roles.HasFlag(role)).Select(Of<Roles>)];

    /// <summary>Reads a value; null when it is none of the set.</summary>
    public static T? Parse<T>(string? text)
        where T : struct, Enum
    {
        foreach (var value in Enum.GetValues<T>())
            if (string.Equals(Of<T>(value), text, StringComparison.Ordinal)) return value;
        return null;
    }
}
