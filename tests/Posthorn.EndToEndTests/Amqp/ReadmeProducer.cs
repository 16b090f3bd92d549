using System.Text.RegularExpressions;

namespace Posthorn.EndToEndTests.Amqp;

/// <summary>The producers that the README prints, as they are printed.</summary>
internal static partial class ReadmeProducer
{
    /// <summary>The one in a language, as Markdown calls it.</summary>
    public static string In(string language)
    {
        var readme = File.ReadAllText(Path.Combine(Documents.Root, "README.md"));
        var chapter = readme[readme.IndexOf("### What lies on the queue", StringComparison.Ordinal)..readme.IndexOf("### In order", StringComparison.Ordinal)];
        return Block().Matches(chapter).Where(block => block.Groups["language"].Value == language).ShouldHaveSingleItem(language).Groups["code"].Value;
    }

    [GeneratedRegex(@"^```(?<language>[a-z]+)\n(?<code>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Block();
}
