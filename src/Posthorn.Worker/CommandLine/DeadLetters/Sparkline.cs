using System.Globalization;

namespace Posthorn.Worker.CommandLine.DeadLetters;

/// <summary>A small histogram in one line of text.</summary>
internal static class Sparkline
{
    private const string Bars = "▁▂▃▄▅▆▇█";

    /// <summary>One bar for each count; nothing at all is a blank.</summary>
    public static string Of(IReadOnlyList<long> counts)
    {
        var most = Math.Max(1, counts.Max());
        return string.Concat(counts.Select(count => count == 0 ? ' ' : Bars[(int)((count * Bars.Length - 1) / most)]));
    }

    /// <summary>A width of time as a person says it.</summary>
    public static string Shown(TimeSpan width) => width switch
    {
        { TotalDays: >= 1 } => string.Create(CultureInfo.InvariantCulture, $"{width.TotalDays:0.#} d"),
        { TotalHours: >= 1 } => string.Create(CultureInfo.InvariantCulture, $"{width.TotalHours:0.#} h"),
        { TotalMinutes: >= 1 } => string.Create(CultureInfo.InvariantCulture, $"{width.TotalMinutes:0.#} min"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{width.TotalSeconds:0} s"),
    };
}
