using System.Text;
using System.Text.Json.Nodes;

namespace Posthorn.Benchmarks.Reporting;

/// <summary>A report of all benchmarks as a table for a README, with the machine that it is of.</summary>
internal static class MarkdownTable
{
    public static string Of(JsonNode report)
    {
        var text = new StringBuilder($"{Origin.Of(report)}\n\n| | measured | against |\n|---|---:|---|\n");
        foreach (var line in Figures.Lines(report)) text.Append($"| {line.What} | {line.Value} | {line.Against} |\n");
        return text.ToString();
    }
}

/// <summary>Where the figures of a report are from, in one line.</summary>
internal static class Origin
{
    public static string Of(JsonNode report)
    {
        var machine = report["machine"];
        var commit = report["commit"] is { } known ? $", commit {known}" : "";
        var warning = report["quick"]?.GetValue<bool>() == true ? " A quick run: not for figures." : "";
        return $"{machine?["cpu"]}, {machine?["cores"]} cores, {machine?["memory_gb"]} GB, {machine?["os"]}, {machine?["dotnet"]}; {report["date"]}{commit}; receiver, load and worker on the same cores.{warning}";
    }
}
