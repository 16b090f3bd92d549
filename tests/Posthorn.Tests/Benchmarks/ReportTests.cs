using System.Text.Json.Nodes;
using System.Xml.Linq;
using Posthorn.Benchmarks.Reporting;

namespace Posthorn.Tests.Benchmarks;

public sealed class ReportTests
{
    private readonly JsonNode _report = JsonNode.Parse("""
        {
          "date": "2026-01-02", "commit": "abc", "quick": false,
          "machine": { "cpu": "A <fast> & cool one", "cores": 2, "memory_gb": 8.1, "os": "Linux", "dotnet": ".NET 10" },
          "drain_1": { "deliveries_per_s": 12345.6, "bare_per_s": 24691.2, "ratio": 0.5, "cpu_us_per_delivery": 42.5 },
          "enqueue": { "raw_per_s": 1000, "batch": { "per_s": 250, "ratio": 0.25 } },
          "latency": null
        }
        """) ?? new JsonObject();

    [Fact]
    public void The_table_has_a_line_for_what_was_measured_and_none_for_what_was_not()
    {
        var table = MarkdownTable.Of(_report);

        table.ShouldContain("| Delivered from a backlog, one destination | 12,346/s | 24,691/s of a bare loop of signed POSTs (0.50 of it) |\n");
        table.ShouldContain("| Processor time of one delivery | 42.5 µs |  |\n");
        table.ShouldNotContain("100 destinations");
        table.ShouldNotContain("first byte");
    }

    [Fact]
    public void The_machine_is_named() => MarkdownTable.Of(_report).ShouldStartWith("A <fast> & cool one, 2 cores, 8.1 GB, Linux, .NET 10; 2026-01-02, commit abc;");

    [Fact]
    public void A_quick_run_says_that_its_figures_are_none()
    {
        _report["quick"] = true;

        MarkdownTable.Of(_report).ShouldContain("A quick run: not for figures.");
    }

    [Fact]
    public void The_bars_of_a_group_are_as_long_as_their_numbers()
    {
        XNamespace svg = "http://www.w3.org/2000/svg";

        var lengths = XDocument.Parse(BarChart.Of(_report)).Descendants(svg + "rect").Select(bar => ((string?)bar.Attribute("class"), (double?)bar.Attribute("width")));

        lengths.ShouldBe([("baseline", 450), ("ours", 225), ("baseline", 450), ("ours", 112.5)]);
    }

    [Fact]
    public void The_picture_is_readable_on_light_and_dark_ground() => BarChart.Of(_report).ShouldContain("prefers-color-scheme: dark");
}
