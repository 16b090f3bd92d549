using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Posthorn.Delivery;
using Posthorn.Queues;
using Posthorn.Retrying;
using Posthorn.Tests.Diagnostics;

namespace Posthorn.Tests.Infra;

/// <summary>The alerts' and the workbook's queries: they read tables that there are, and lines that the worker writes.</summary>
public partial class LogQueryTests
{
    private static readonly string[] Tables = ["AppMetrics", "ContainerAppConsoleLogs", "ContainerAppSystemLogs"];

    private static readonly string[] Metrics =
    [
        "ActiveMessages", "ScheduledMessages", "DeadletteredMessages", "IncomingMessages", "CompleteMessage", "AbandonMessage", "ThrottledRequests",
        "ServerErrors", "UserErrors", "Size", "Replicas", "RestartCount", "UsageNanoCores", "WorkingSetBytes",
    ];

    [Fact]
    public void The_queries_read_the_tables_that_the_environment_fills() =>
        Queries().Select(query => query.Split('\n')[0].Trim()).Distinct().Order().ShouldBe(Tables);

    [Fact]
    public void The_metrics_are_those_of_Service_Bus_and_Container_Apps()
    {
        var ofWorkbook = Items().SelectMany(item => item["content"]?["metrics"]?.AsArray() ?? []).Select(metric => $"{metric?["metric"]}".Split("--")[^1]).ToList();
        var ofAlerts = AlertMetric().Matches(InfraFiles.Read("infra/modules/alerts.bicep")).Select(match => match.Groups[1].Value).ToList();

        ofWorkbook.Count.ShouldBeGreaterThan(8);
        ofAlerts.Count.ShouldBeGreaterThan(7);
        ofWorkbook.Concat(ofAlerts).Except(Metrics).ShouldBeEmpty();
    }

    [Fact]
    public void The_workers_metrics_that_they_read_exist_with_their_labels()
    {
        var queries = Queries().Where(query => query.StartsWith("AppMetrics", StringComparison.Ordinal)).ToList();
        var readme = InfraFiles.Read("README.md");

        queries.Count.ShouldBeGreaterThan(7);
        var asked = queries.SelectMany(query => OwnMetric().Matches(query)).Select(match => match.Value.Trim('\'')).Distinct().ToList();
        asked.ShouldBeSubsetOf(MetricsTableTests.Registered().Select(instrument => instrument.Name));
        foreach (var query in queries)
        {
            var name = OwnMetric().Match(query).Value.Trim('\'');
            var row = readme.Split('\n').Single(line => line.StartsWith($"| `{name}` |", StringComparison.Ordinal));
            foreach (var label in MetricLabel().Matches(query).Select(match => match.Groups["label"].Value)) row.ShouldContain($"`{label}`");
        }
    }

    [Fact]
    public void What_the_queries_leave_open_the_templates_fill_in()
    {
        var templates = InfraFiles.Read("infra/modules/workbook.bicep");
        var ofWorkbook = Token().Matches(InfraFiles.Read("infra/workbook.json")).Select(match => match.Value).Distinct().Order(StringComparer.Ordinal).ToList();

        ofWorkbook.ShouldBe(["{appId}", "{app}", "{namespaceId}", "{workspaceId}"]);
        ofWorkbook.Where(token => !templates.Contains($"'{token}'", StringComparison.Ordinal)).ShouldBeEmpty();
        InfraFiles.Queries.SelectMany(path => Token().Matches(File.ReadAllText(path)).Select(match => match.Value)).Distinct().ShouldBe(["{app}"]);
        InfraFiles.Read("infra/modules/alerts.bicep").ShouldContain("replace(rule.query, '{app}', appName)");
    }

    [Fact]
    public void The_parts_of_an_attempt_are_cut_where_the_worker_writes_them()
    {
        var patterns = Queries().SelectMany(query => AttemptPattern().Matches(query).Select(match => match.Groups[1].Value)).ToList();

        patterns.Count.ShouldBeGreaterThan(1);
        var templates = patterns.Select(pattern => Literal().Replace(Typed().Replace(pattern, "$1"), match => match.Groups[1].Success ? match.Groups[1].Value : $"{{{match.Value.Trim()}}}")).Distinct();
        templates.ShouldHaveSingleItem().ShouldBe(Line(nameof(DeliveryHandler), 1).Message);
    }

    [Fact]
    public void Every_line_that_a_query_looks_for_is_written()
    {
        var lines = Queries().SelectMany(query => LineName().Matches(query).Select(match => (Class: match.Groups[1].Value, Id: int.Parse(match.Groups[2].Value, provider: null)))).Distinct().ToList();

        lines.Count.ShouldBeGreaterThan(5);
        foreach (var (name, id) in lines) Line(name, id).ShouldNotBeNull();
        Line(nameof(DeliveryHandler), 3).Message.ShouldContain("dead-lettered as");
        VerdictText.Of(new Verdict.DeadLetter(DeadLetterReason.Expired, "")).ShouldBe("dead-lettered as Expired");
        VerdictText.Of(new Verdict.Delivered()).ShouldStartWith("delivered");
        VerdictText.Of(new Verdict.Retry(DateTimeOffset.UnixEpoch)).ShouldStartWith("again");
        Queries().ShouldContain(query => query.Contains("'dead-lettered as'", StringComparison.Ordinal));
    }

    [Fact]
    public void The_console_names_a_line_by_its_class_and_number_and_its_level_by_four_letters()
    {
        using var services = new ServiceCollection().AddLogging(logging => logging.AddSimpleConsole(format => (format.SingleLine, format.TimestampFormat) = (true, "HH:mm:ss.fff "))).BuildServiceProvider();
        var formatter = services.GetServices<ConsoleFormatter>().Single(each => each.Name == ConsoleFormatterNames.Simple);
        using var text = new StringWriter();

        formatter.Write(new LogEntry<string>(LogLevel.Error, typeof(DeliveryHandler).FullName ?? "", new EventId(1), "evt_01 …", exception: null, (state, _) => state), scopeProvider: null, text);

        text.ToString().ShouldEndWith(" fail: Posthorn.Delivery.DeliveryHandler[1] evt_01 …" + Environment.NewLine);
    }

    private static List<string> Queries() =>
        [.. InfraFiles.Queries.Select(File.ReadAllText), .. Items().Select(item => item["content"]?["query"]?.GetValue<string>()).OfType<string>()];

    private static List<JsonNode> Items() => [.. JsonNode.Parse(InfraFiles.Read("infra/workbook.json"))?["items"]?.AsArray().OfType<JsonNode>() ?? []];

    private static LoggerMessageAttribute Line(string name, int id) =>
        typeof(DeliveryHandler).Assembly.GetTypes().Where(type => type.Name == name)
            .SelectMany(type => type.GetMethods(BindingFlags.Instance | BindingFlags.NonPublic))
            .Select(method => method.GetCustomAttribute<LoggerMessageAttribute>()).OfType<LoggerMessageAttribute>()
            .Single(line => line.EventId == id);

    [GeneratedRegex(@"(?:metric|metricName): '(?<part1>\w+)'", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex AlertMetric();

    [GeneratedRegex(@"'(posthorn|messaging)\.[a-z_.]+'", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex OwnMetric();

    [GeneratedRegex(@"Properties\.(?<label>\w+)", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex MetricLabel();

    [GeneratedRegex(@"\{\w+\}", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Token();

    [GeneratedRegex(@"\| parse Log with \* 'DeliveryHandler\[1\] ' (?<part1>.+)", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex AttemptPattern();

    [GeneratedRegex(@"(?<part1>\w+):(?:int|long)\b", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Typed();

    [GeneratedRegex(@"'(?<part1>[^']*)'| ?\w+ ?", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Literal();

    [GeneratedRegex(@"(?<part1>\w+)\[(?<part2>\d+)\]", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex LineName();
}
