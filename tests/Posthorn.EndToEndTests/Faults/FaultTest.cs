using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;

namespace Posthorn.EndToEndTests.Faults;

/// <summary>A test that has the numbers of faults in its name.</summary>
/// <param name="Name">Its class and method.</param>
/// <param name="Numbers">The faults it covers.</param>
/// <param name="IsInSuite">Whether it is one of this folder's: against real processes and sockets.</param>
internal sealed partial record FaultTest(string Name, IReadOnlyList<int> Numbers, bool IsInSuite)
{
    /// <summary>Those of this assembly, as compiled.</summary>
    public static IEnumerable<FaultTest> Here() =>
        from type in Assembly.GetExecutingAssembly().GetTypes()
        from method in type.GetMethods()
        where method.GetCustomAttributes().Any(attribute => attribute is FactAttribute) && method.Name.StartsWith("Fault_", StringComparison.Ordinal)
        select new FaultTest($"{type.Name}.{method.Name}", NumbersOf(method.Name), type.Namespace == typeof(FaultTest).Namespace);

    /// <summary>Those of the other test projects, as their sources have them.</summary>
    public static IEnumerable<FaultTest> Elsewhere() =>
        from project in Directory.EnumerateDirectories(Path.Combine(Documents.Root, "tests"), "Posthorn.*")
        where Path.GetFileName(project) != "Posthorn.EndToEndTests"
        from folder in Directory.EnumerateDirectories(project).Append(project)
        where Path.GetFileName(folder) is not ("bin" or "obj")
        from file in Directory.EnumerateFiles(folder, "*.cs", folder == project ? SearchOption.TopDirectoryOnly : SearchOption.AllDirectories)
        from test in Read(File.ReadAllText(file))
        select test;

    private static IEnumerable<FaultTest> Read(string source)
    {
        var type = "";
        foreach (Match match in Declaration().Matches(source))
        {
            if (match.Groups["type"].Success) type = match.Groups["type"].Value;
            else yield return new FaultTest($"{type}.{match.Groups["method"].Value}", NumbersOf(match.Groups["method"].Value), IsInSuite: false);
        }
    }

    private static List<int> NumbersOf(string method) => [.. Number().Matches(Prefix().Match(method).Value).Select(match => int.Parse(match.Value, CultureInfo.InvariantCulture))];

    [GeneratedRegex(@"^(public|internal) .*?class (?<type>\w+)|^ {4}public .*? (?<method>Fault_\w+)\(", RegexOptions.Multiline | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Declaration();

    [GeneratedRegex(@"^Fault((_and)?_\d+)+", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Prefix();

    [GeneratedRegex(@"\d+", RegexOptions.NonBacktracking)]
    private static partial Regex Number();
}
