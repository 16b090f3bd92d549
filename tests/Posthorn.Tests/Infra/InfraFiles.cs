using System.Text.RegularExpressions;
using Posthorn.Tests.Support;
using YamlDotNet.RepresentationModel;

namespace Posthorn.Tests.Infra;

/// <summary>The files of <c>infra/</c>, and what stands in them.</summary>
internal static partial class InfraFiles
{
    private static readonly string Root = Path.GetFullPath(Given.PathOf("../.."));

    /// <summary>Every file that is committed there; an operator's own <c>.env</c> is not.</summary>
    public static IReadOnlyList<string> All { get; } =
        [.. Directory.EnumerateFiles(InRoot("infra"), "*", SearchOption.AllDirectories).Where(path => Path.GetFileName(path) != ".env").Order(StringComparer.Ordinal)];

    public static IEnumerable<string> Templates => All.Where(path => path.EndsWith(".bicep", StringComparison.Ordinal));

    public static IEnumerable<string> Queries => All.Where(path => path.EndsWith(".kql", StringComparison.Ordinal));

    public static string InRoot(string relative) => Path.Combine(Root, relative);

    public static string Read(string relative) => File.ReadAllText(InRoot(relative));

    public static YamlMappingNode Yaml(string path)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(File.ReadAllText(path)));
        return stream.Documents.ShouldHaveSingleItem().RootNode.ShouldBeOfType<YamlMappingNode>();
    }

    /// <summary>The part of a document below these keys.</summary>
    public static YamlNode At(this YamlNode node, params string[] keys) => keys.Aggregate(node, (part, key) => ((YamlMappingNode)part)[key]);

    public static IEnumerable<string> Keys(this YamlNode node) => ((YamlMappingNode)node).Children.Keys.Select(key => key.ToString());

    /// <summary>The configuration keys of the README's table, with <c>:</c>. A row may name several: the later ones beside the first.</summary>
    public static IReadOnlySet<string> DocumentedSettings()
    {
        var chapter = Read("README.md").Split("\n## Configuration\n")[1].Split("\n## ")[0];
        return Row().Matches(chapter).SelectMany(row => KeysOf(row.Groups[1].Value)).ToHashSet(StringComparer.OrdinalIgnoreCase);
    }

    private static IEnumerable<string> KeysOf(string cell)
    {
        var names = Code().Matches(cell).Select(match => match.Groups[1].Value).ToList();
        var beside = names[0].LastIndexOf(':') + 1;
        return [names[0], .. names.Skip(1).Select(name => names[0][..beside] + name)];
    }

    [GeneratedRegex(@"^\| (?<part1>`[^|]+) \|", RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Row();

    [GeneratedRegex("`(?<part1>[^`]+)`", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Code();
}
