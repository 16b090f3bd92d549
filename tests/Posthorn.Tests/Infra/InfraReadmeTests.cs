using System.Text.RegularExpressions;

namespace Posthorn.Tests.Infra;

/// <summary>What the two READMEs say of infra/ is there.</summary>
public partial class InfraReadmeTests
{
    private static readonly string Text = InfraFiles.Read("infra/README.md");

    [Fact]
    public void Every_file_that_is_mentioned_is_there()
    {
        var ofInfra = FileName().Matches(Text).Select(match => match.Groups[1].Value).Where(name => !name.StartsWith("infra/", StringComparison.Ordinal)).Select(name => Path.Combine("infra", name));
        var ofRoot = FromRoot().Matches(Text + InfraFiles.Read("README.md")).Select(match => match.Groups[1].Value);
        var mentioned = ofInfra.Concat(ofRoot).Distinct().Where(path => path != "infra/.env").ToList();

        mentioned.Count.ShouldBeGreaterThan(6);
        mentioned.Where(path => !Path.Exists(InfraFiles.InRoot(path))).ShouldBeEmpty();
    }

    [Fact]
    public void Every_parameter_that_is_named_is_one_of_the_template()
    {
        var parameters = Parameter().Matches(InfraFiles.Read("infra/main.bicep")).Select(match => match.Groups[1].Value).ToList();
        var chapter = Text.Split("\n## Parameters\n")[1].Split("\n## ")[0];
        var inTable = Row().Matches(chapter).SelectMany(row => Code().Matches(row.Groups[1].Value)).Select(match => match.Groups[1].Value);
        var inCommands = Commands().Matches(Text).SelectMany(command => Assignment().Matches(command.Value)).Select(match => match.Groups[1].Value);
        var named = inTable.Where(name => name != "parameter").Concat(inCommands).Distinct().ToList();

        named.Count.ShouldBeGreaterThan(20);
        named.Except(parameters).ShouldBeEmpty();
    }

    [Fact]
    public void Every_alert_is_explained_and_every_one_explained_is_made()
    {
        var made = Rule().Matches(InfraFiles.Read("infra/modules/alerts.bicep")).Select(match => match.Groups[1].Value + match.Groups[2].Value);
        var chapter = Text.Split("\n## Watching\n")[1].Split("\n## ")[0];
        var explained = Row().Matches(chapter).SelectMany(row => Code().Matches(row.Groups[1].Value)).Select(match => match.Groups[1].Value);

        made.Order().ShouldBe(explained.Order());
    }

    [Fact]
    public void Every_output_that_a_command_reads_is_one_of_the_template()
    {
        var outputs = Output().Matches(InfraFiles.Read("infra/main.bicep")).Select(match => match.Groups[1].Value).ToList();
        var read = OutputRead().Matches(Text).Select(match => match.Groups[1].Value).Distinct().ToList();

        read.Count.ShouldBeGreaterThan(2);
        read.Except(outputs).ShouldBeEmpty();
    }

    [Fact]
    public void The_collector_that_is_copied_is_the_one_that_runs()
    {
        var images = Collector().Matches(Text + InfraFiles.Read("infra/main.bicep")).Select(match => match.Value).ToList();

        images.Count.ShouldBe(3);
        images.Distinct().ShouldHaveSingleItem();
    }

    [GeneratedRegex(@"`(?<part1>[\w./-]+\.(?:bicep|yaml|json|kql|example)|[\w-]+/)`", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex FileName();

    [GeneratedRegex(@"(?<![\w/])(?<part1>infra/[\w./-]*\w)", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex FromRoot();

    [GeneratedRegex(@"^param (?<part1>\w+)", RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Parameter();

    [GeneratedRegex(@"^\| (?<part1>`[^|]+) \|", RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Row();

    [GeneratedRegex("`(?<part1>[^`]+)`", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Code();

    [GeneratedRegex(@"--parameters \\\n.+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Commands();

    [GeneratedRegex(@"(?<=\s)(?<part1>\w+)=", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Assignment();

    [GeneratedRegex(@"^(?:    name: '(?<part1>[\w-]+)'|  name: '\$\{name\}-(?<part2>(?!operators)[\w-]+)')$", RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Rule();

    [GeneratedRegex(@"^output (?<part1>\w+)", RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Output();

    [GeneratedRegex(@"outputs\.(?<part1>\w+)\.value", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex OutputRead();

    [GeneratedRegex(@"otel/opentelemetry-collector-contrib:[\d.]+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Collector();
}
