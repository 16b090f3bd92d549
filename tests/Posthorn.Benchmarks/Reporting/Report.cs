using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Spectre.Console;

namespace Posthorn.Benchmarks.Reporting;

/// <summary>What a benchmark tells: one JSON object for machines, or the same as a table for people. Notes go to standard error.</summary>
internal static class Report
{
    public static void Note(string line) => Console.Error.WriteLine(line);

    public static void Write<T>(T report, JsonTypeInfo<T> type, bool json)
    {
        var text = JsonSerializer.Serialize(report, type);
        if (json) Console.Out.WriteLine(text);
        else if (JsonNode.Parse(text) is JsonObject fields) AnsiConsole.Write(TableOf(fields));
    }

    /// <summary>A number, as precise as it is worth reading.</summary>
    public static double Rounded(double number) => Math.Round(number, Math.Abs(number) < 10 ? 3 : 1);

    private static Table TableOf(JsonObject fields)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("", "");
        foreach (var (name, value) in fields)
        {
            if (value is JsonArray rows) foreach (var (n, row) in rows.Index()) table.AddRow(new Text($"{name} {n + 1}"), new Text(row?.ToJsonString() ?? ""));
            else if (value is JsonObject parts) foreach (var (part, number) in parts) table.AddRow(new Text($"{name} {part}"), new Text($"{number}"));
            else table.AddRow(new Text(name), new Text($"{value}"));
        }

        return table;
    }
}
