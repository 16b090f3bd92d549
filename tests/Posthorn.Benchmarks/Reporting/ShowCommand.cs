using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Posthorn.Benchmarks.Reporting;

/// <summary><c>show</c>: the table and the picture of a report that <c>all</c> wrote.</summary>
internal static class ShowCommand
{
    private static readonly Argument<FileInfo> File = new("report") { Description = "What all --json wrote" };
    private static readonly Option<FileInfo?> Markdown = new("--markdown") { Description = "Where the table goes; without it, standard output", HelpName = "FILE" };
    private static readonly Option<FileInfo?> Svg = new("--svg") { Description = "Where the picture goes", HelpName = "FILE" };

    public static Command Create()
    {
        var command = new Command("show", "The table and the picture of a report of all benchmarks") { File, Markdown, Svg };
        command.SetAction((parsed, cancellation) => ShowAsync(parsed.GetRequiredValue(File), parsed.GetValue(Markdown), parsed.GetValue(Svg), cancellation));
        return command;
    }

    private static async Task<int> ShowAsync(FileInfo file, FileInfo? markdown, FileInfo? svg, CancellationToken cancellation)
    {
        var report = await ReadAsync(file.FullName, cancellation);
        var table = MarkdownTable.Of(report);
        if (markdown is null) await Console.Out.WriteAsync(table.AsMemory(), cancellation);
        else await System.IO.File.WriteAllTextAsync(markdown.FullName, table, cancellation);
        if (svg is not null) await System.IO.File.WriteAllTextAsync(svg.FullName, BarChart.Of(report), cancellation);
        return BenchmarkCommand.Done;
    }

    private static async Task<JsonNode> ReadAsync(string path, CancellationToken cancellation)
    {
        try
        {
            return JsonNode.Parse(await System.IO.File.ReadAllTextAsync(path, cancellation)) ?? throw new BenchmarkException($"{path} is not a report.");
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new BenchmarkException($"{path} cannot be read as a report: {unreadable.Message}");
        }
    }
}
