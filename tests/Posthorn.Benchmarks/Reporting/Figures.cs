using System.Globalization;
using System.Text.Json.Nodes;

namespace Posthorn.Benchmarks.Reporting;

/// <summary>The figures of a report of all benchmarks that are worth a line: what is measured, what it is held against, and both in words.</summary>
internal static class Figures
{
    /// <summary>One line of the table.</summary>
    /// <param name="What">What is measured.</param>
    /// <param name="Value">The figure, with its unit.</param>
    /// <param name="Against">What it is held against, with its unit; empty when with nothing.</param>
    public sealed record Line(string What, string Value, string Against);

    /// <summary>One bar of the picture.</summary>
    /// <param name="What">What is measured.</param>
    /// <param name="PerSecond">How many a second.</param>
    /// <param name="IsBaseline">Whether it is what there is to be had at all.</param>
    public sealed record Bar(string What, double PerSecond, bool IsBaseline);

    /// <summary>Bars that belong together, on one scale.</summary>
    public sealed record Group(string Title, IReadOnlyList<Bar> Bars);

    /// <summary>The lines of the table; what was not measured has none.</summary>
    public static IEnumerable<Line> Lines(JsonNode report) => new[]
    {
        Made(report, "Delivered from a backlog, one destination", "drain_1.deliveries_per_s", "/s", "drain_1.bare_per_s", "/s of a bare loop of signed POSTs", "drain_1.ratio"),
        Made(report, "The same, with the default cap of 16 in flight", "drain_16.deliveries_per_s", "/s", "drain_16.bare_per_s", "/s of the bare loop", "drain_16.ratio"),
        Made(report, "Delivered from a backlog, 100 destinations", "drain_100.deliveries_per_s", "/s", "drain_100.bare_per_s", "/s of the bare loop", "drain_100.ratio"),
        Made(report, "Processor time of one delivery", "drain_1.cpu_us_per_delivery", " µs"),
        Made(report, "Accepted in batches through the API", "enqueue.batch.per_s", "/s", "enqueue.raw_per_s", "/s of raw SQLite", "enqueue.batch.ratio"),
        Made(report, "Accepted one by one through the API, 64 clients", "enqueue.single.per_s", "/s"),
        Made(report, "Accepted one by one through the library, 64 callers", "enqueue.library.per_s", "/s"),
        Made(report, "Accepted with `posthorn send`", "enqueue.send.per_s", "/s"),
        Made(report, "Accepted over AMQP, bare", "amqp.bare_per_s", "/s", "amqp.api_batch_per_s", "/s in batches through the API", "amqp.ratio"),
        Made(report, "Accepted over AMQP, batches of the JavaScript SDK", "amqp.sdk_js_batch_per_s", "/s"),
        Made(report, "Acceptance at 500 a second, p99", "enqueue.p99_at_500_ms", " ms"),
        Made(report, "Accepted to the first byte at the receiver at 500 a second, p50", "latency.p50_ms", " ms"),
        Made(report, "The same, p99", "latency.p99_ms", " ms"),
        Made(report, "The same, p99.9", "latency.p999_ms", " ms"),
        Made(report, "Speed with the longest backlog / with the shortest", "growth.backlog_ratio", ""),
        Made(report, "Memory with the longest backlog", "growth.backlog_rss_mb", " MB"),
        Made(report, "Speed with the most destinations / with the fewest", "growth.destinations_ratio", "", "growth.bare_destinations_ratio", " of the bare loop"),
        Made(report, "Start to ready", "start.ready_s", " s"),
        Made(report, "Start to the first delivery of a waiting backlog", "start.first_delivery_s", " s"),
        Made(report, "Healthy deliveries beside 50 dead destinations / without them", "isolation.healthy_ratio", ""),
        Made(report, "Deliveries with telemetry / without it", "telemetry.ratio", ""),
        Made(report, "Dead letters put back", "replay.replay_per_s", "/s", "replay.baseline_per_s", "/s of raw SQLite", "replay.replay_ratio"),
    }.OfType<Line>();

    /// <summary>The groups of the picture; what was not measured is left out.</summary>
    public static IEnumerable<Group> Groups(JsonNode report) => new Group[]
    {
        new("Delivering: webhooks a second", Bars(report, ("bare loop of signed POSTs", "drain_1.bare_per_s", true), ("worker, one destination", "drain_1.deliveries_per_s", false), ("worker, 100 destinations", "drain_100.deliveries_per_s", false))),
        new("Accepting: envelopes a second, on disk", Bars(report, ("raw SQLite", "enqueue.raw_per_s", true), ("API, batches", "enqueue.batch.per_s", false), ("posthorn send", "enqueue.send.per_s", false), ("API, one by one", "enqueue.single.per_s", false), ("library, one by one", "enqueue.library.per_s", false))),
    }.Where(group => group.Bars.Count > 0);

    /// <summary>A number in words: as precise as it is worth reading.</summary>
    public static string Text(double number) => number.ToString(Math.Abs(number) switch { >= 100 => "#,0", >= 10 => "0.0", _ => "0.00" }, CultureInfo.InvariantCulture);

    private static Line? Made(JsonNode report, string what, string path, string unit, string? against = null, string? againstUnit = null, string? ratio = null)
    {
        if (Number(report, path) is not { } value) return null;
        var baseline = against is null ? null : Number(report, against);
        var share = ratio is null || Number(report, ratio) is not { } part ? "" : $" ({Text(part)} of it)";
        return new Line(what, $"{Text(value)}{unit}", baseline is { } there ? $"{Text(there)}{againstUnit}{share}" : "");
    }

    private static List<Bar> Bars(JsonNode report, params (string What, string Path, bool IsBaseline)[] bars) =>
        [.. from bar in bars let value = Number(report, bar.Path) where value is not null select new Bar(bar.What, value.Value, bar.IsBaseline)];

    private static double? Number(JsonNode report, string path)
    {
        var node = (JsonNode?)report;
        foreach (var name in path.Split('.')) node = (node as JsonObject)?[name];
        return node?.GetValue<double>();
    }
}
