using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Posthorn.Diagnostics;

namespace Posthorn.Tests.Diagnostics;

/// <summary>The README's table of metrics, and what the code registers.</summary>
public sealed partial class MetricsTableTests
{
    private static readonly string Root = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile()) ?? ".", "..", "..", ".."));

    [Fact]
    public void Every_metric_is_in_the_readme_with_its_kind_and_no_other_is()
    {
        var told = MetricRow().Matches(File.ReadAllText(Path.Combine(Root, "README.md"))).Select(row => $"{row.Groups["name"].Value}: {row.Groups["kind"].Value}").Order(StringComparer.Ordinal).ToList();

        told.ShouldNotBeEmpty();
        told.ShouldBe(Registered().Select(instrument => $"{instrument.Name}: {KindOf(instrument)}").Order(StringComparer.Ordinal));
    }

    /// <summary>What the code registers.</summary>
    internal static IReadOnlyList<Instrument> Registered()
    {
        var found = new Dictionary<string, Instrument>();
        RuntimeHelpers.RunClassConstructor(typeof(PosthornMeter).TypeHandle);
        using var gauges = new WorkerGauges(() => 0, () => (0, 0), () => TimeSpan.Zero);
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Name == PosthornMeter.Name) found[instrument.Name] = instrument;
            },
        };
        listener.Start();
        return [.. found.Values];
    }

    private static string KindOf(Instrument instrument)
    {
        var type = instrument.GetType().Name;
        var kind = type.StartsWith("Histogram", StringComparison.Ordinal) ? "histogram"
            : type.Contains("UpDownCounter", StringComparison.Ordinal) ? "up-down counter"
            : type.Contains("Gauge", StringComparison.Ordinal) ? "gauge" : "counter";
        return instrument.Unit == "s" ? $"{kind}, s" : kind;
    }

    [GeneratedRegex(@"^\| `(?<name>(posthorn|messaging)\.[a-z_.]+)` \| (?<kind>[a-z, -]+) \|", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex MetricRow();

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
