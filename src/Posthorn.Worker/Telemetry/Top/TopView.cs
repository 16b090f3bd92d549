using System.Globalization;
using Posthorn.Worker.CommandLine;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Posthorn.Worker.Telemetry.Top;

/// <summary>One moment on a terminal.</summary>
internal static class TopView
{
    private const int MostReasons = 8;

    public static IRenderable Of(string server, TopLine line)
    {
        var parts = new List<IRenderable> { new Text($"{server}  {Terminal.Time(line.Time)} UTC"), Figures(line) };
        if (line.Trouble.Count > 0) parts.Add(Trouble(line));
        if (line.DeadLetters.Count > 0) parts.Add(Reasons(line));
        return new Rows(parts);
    }

    private static Table Figures(TopLine line)
    {
        var table = new Table().Border(TableBorder.Simple).HideHeaders().AddColumns("", "", "", "", "", "");
        table.AddRow(Cells("delivered", PerSecond(line.DeliveredPerS), "active", Count(line.Active), "in flight", Count(line.InFlight)));
        table.AddRow(Cells("retried", PerSecond(line.RetriedPerS), "scheduled", Count(line.Scheduled), "lanes", Count(line.Lanes)));
        table.AddRow(Cells("dead-lettered", PerSecond(line.DeadLetteredPerS), "locked", Count(line.Locked), "open circuits", Count(line.OpenCircuits)));
        table.AddRow(Cells("attempt p50", Milliseconds(line.P50Ms), "dead", Count(line.Dead), "oldest", line.OldestAgeSeconds is { } age ? $"{TimeSpan.FromSeconds(Math.Floor(age)):c}" : "-"));
        return table.AddRow(Cells("attempt p99", Milliseconds(line.P99Ms), "", "", "", ""));
    }

    private static Table Trouble(TopLine line)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("DESTINATION IN TROUBLE", "CIRCUIT", "ITS LAST REQUEST MET");
        foreach (var lane in line.Trouble) table.AddRow(Terminal.Cell(lane.Lane), Terminal.Cell(lane.CircuitOpen ? "open" : "closed"), Terminal.Cell(lane.Cause));
        return table;
    }

    private static Table Reasons(TopLine line)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("DEAD-LETTERED AS", "SINCE THE START");
        foreach (var (reason, count) in line.DeadLetters.OrderByDescending(each => each.Value).Take(MostReasons)) table.AddRow(Terminal.Cell(reason), Terminal.Cell(count));
        return table;
    }

    private static Text[] Cells(params string[] texts) => Array.ConvertAll(texts, Terminal.Cell);

    private static string PerSecond(double rate) => string.Create(CultureInfo.InvariantCulture, $"{rate:N1}/s");

    private static string Milliseconds(double? duration) => duration is { } known ? string.Create(CultureInfo.InvariantCulture, $"{known:N1} ms") : "-";

    private static string Count(long? count) => count is { } known ? known.ToString("N0", CultureInfo.InvariantCulture) : "-";
}
