using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Posthorn.Benchmarks.Reporting;

/// <summary>A report of all benchmarks as a picture: bars in SVG, readable on light and on dark ground.</summary>
internal static class BarChart
{
    private const int Width = 760;
    private const int LabelsWidth = 220;
    private const int NumbersWidth = 90;
    private const int BarHeight = 20;
    private const int Gap = 8;
    private const int TitleHeight = 40;
    private const int FooterHeight = 34;
    private const string Style = """
        text { font: 13px system-ui, sans-serif; fill: #24292f } .title { font-weight: 600 } .small { font-size: 10px; fill: #57606a }
        .ours { fill: #0969da } .baseline { fill: #8c959f }
        @media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .small { fill: #9198a1 } .ours { fill: #58a6ff } .baseline { fill: #6e7681 } }
        """;

    public static string Of(JsonNode report)
    {
        var groups = Figures.Groups(report).ToList();
        var height = groups.Sum(group => TitleHeight + (group.Bars.Count * (BarHeight + Gap))) + FooterHeight;
        var svg = new StringBuilder($"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{Width}\" height=\"{height}\" viewBox=\"0 0 {Width} {height}\" role=\"img\">\n<title>Posthorn's speed</title>\n<style>\n{Style}\n</style>\n");
        var y = 0;
        foreach (var group in groups) y = Append(svg, group, y);
        svg.Append($"<text class=\"small\" x=\"0\" y=\"{y + (FooterHeight / 2)}\">{WebUtility.HtmlEncode(Origin.Of(report))}</text>\n</svg>\n");
        return svg.ToString();
    }

    /// <summary>Draws a group from a height on; the answer is the height of what comes next.</summary>
    private static int Append(StringBuilder svg, Figures.Group group, int y)
    {
        svg.Append($"<text class=\"title\" x=\"0\" y=\"{y + TitleHeight - 14}\">{WebUtility.HtmlEncode(group.Title)}</text>\n");
        y += TitleHeight;
        var most = group.Bars.Max(bar => bar.PerSecond);
        foreach (var bar in group.Bars)
        {
            var length = (Width - LabelsWidth - NumbersWidth) * bar.PerSecond / most;
            var (x, middle) = (Number(LabelsWidth + length + 6), y + (BarHeight / 2) + 5);
            svg.Append($"<text x=\"0\" y=\"{middle}\">{WebUtility.HtmlEncode(bar.What)}</text>");
            svg.Append($"<rect class=\"{(bar.IsBaseline ? "baseline" : "ours")}\" x=\"{LabelsWidth}\" y=\"{y}\" width=\"{Number(length)}\" height=\"{BarHeight}\" rx=\"3\"/>");
            svg.Append($"<text x=\"{x}\" y=\"{middle}\">{Figures.Text(bar.PerSecond)}</text>\n");
            y += BarHeight + Gap;
        }

        return y;
    }

    private static string Number(double number) => number.ToString("0.#", CultureInfo.InvariantCulture);
}
