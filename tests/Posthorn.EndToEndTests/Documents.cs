using System.Runtime.CompilerServices;

namespace Posthorn.EndToEndTests;

/// <summary>The example bodies that the documents print, as files of the tests.</summary>
internal static class Documents
{
    /// <summary>The repository's folder.</summary>
    public static string Root { get; } = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile()) ?? ".", "..", ".."));

    /// <summary>The bodies of seeds/000 for an event type.</summary>
    public static IReadOnlyList<(string Name, string Body)> Of(string type)
    {
        var files = Directory.GetFiles(Path.Combine(Root, "tests", "Posthorn.Tests", "Schemas", "Examples"), $"{type}.*json");
        files.ShouldNotBeEmpty();
        return [.. files.Select(file => (Path.GetFileName(file), File.ReadAllText(file)))];
    }

    /// <summary>The first of them.</summary>
    public static string One(string type) => Of(type)[0].Body;

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
