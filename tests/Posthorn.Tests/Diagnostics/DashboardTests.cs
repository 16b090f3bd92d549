using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Posthorn.Tests.Diagnostics;

/// <summary>The Grafana dashboard, which asks Prometheus for what the code registers.</summary>
public sealed partial class DashboardTests
{
    private static readonly string Dashboard = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile()) ?? ".", "..", "..", "..", "infra", "grafana", "posthorn.json"));

    [Fact]
    public void Every_metric_of_the_dashboard_exists_and_none_is_missing_from_it()
    {
        var known = MetricsTableTests.Registered().ToDictionary(instrument => instrument.Name, PrometheusNames);

        var asked = Expressions().SelectMany(text => Metric().Matches(text)).Select(match => match.Value).Distinct().ToList();

        asked.ShouldBeSubsetOf(known.Values.SelectMany(names => names));
        known.Where(metric => !metric.Value.Any(asked.Contains)).Select(metric => metric.Key).ShouldBeEmpty();
    }

    /// <summary>How the OpenTelemetry collector and Prometheus spell it: dots become underscores, the unit and the kind stand behind.</summary>
    private static string[] PrometheusNames(Instrument instrument)
    {
        var name = instrument.Name.Replace('.', '_') + (instrument.Unit == "s" ? "_seconds" : "");
        var type = instrument.GetType().Name;
        return type.StartsWith("Histogram", StringComparison.Ordinal) ? [$"{name}_bucket", $"{name}_sum", $"{name}_count"]
            : type.StartsWith("Counter", StringComparison.Ordinal) ? [$"{name}_total"] : [name];
    }

    private static IEnumerable<string> Expressions()
    {
        using var dashboard = JsonDocument.Parse(File.ReadAllText(Dashboard));
        var targets = dashboard.RootElement.GetProperty("panels").EnumerateArray().SelectMany(panel => panel.GetProperty("targets").EnumerateArray()).Select(target => target.GetProperty("expr").GetString() ?? "");
        var variables = dashboard.RootElement.GetProperty("templating").GetProperty("list").EnumerateArray().Select(variable => variable.GetProperty("query").GetString() ?? "");
        return [.. targets, .. variables];
    }

    // A label stands before an operator, in a list of labels, or at the end of label_values; a metric before its selector.
    [GeneratedRegex(@"\b(posthorn|messaging)_[a-z_]+(?=\{)|(?<=label_values\()[a-z_]+", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Metric();

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
