using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Posthorn.Worker.CommandLine;

/// <summary>What commands say: results to standard output, everything else to standard error.</summary>
internal static class Terminal
{
    /// <summary>Whether a person watches.</summary>
    public static bool IsInteractive => !Console.IsOutputRedirected && !Console.IsErrorRedirected;

    /// <summary>Progress and notes, beside the result.</summary>
    public static IAnsiConsole Notes { get; } = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });

    /// <summary>One line about what is wrong.</summary>
    public static void Error(string line) => Console.Error.WriteLine($"posthorn: {line.ReplaceLineEndings(" ")}");

    /// <summary>One line beside the result.</summary>
    public static void Note(string line) => Console.Error.WriteLine(line.ReplaceLineEndings(" "));

    /// <summary>One line of result.</summary>
    public static void Line(string line) => Console.Out.WriteLine(line);

    /// <summary>One JSON object a line.</summary>
    public static void Json<T>(T value, JsonTypeInfo<T> type) => Console.Out.WriteLine(JsonSerializer.Serialize(value, type));

    /// <summary>A table, as wide as it needs to be when nobody watches, so that a script gets whole cells.</summary>
    public static void Write(IRenderable table)
    {
        if (Console.IsOutputRedirected) AnsiConsole.Profile.Width = 400;
        AnsiConsole.Write(table);
    }

    /// <summary>A time in UTC, to the second.</summary>
    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    /// <summary>A cell of plain text.</summary>
    public static Text Cell(string? text) => new(Printable(text ?? ""));

    /// <summary>
    /// A text without what would do something to a terminal: control characters, and those that turn the direction of what stands beside
    /// them. Much of what is shown was written by strangers.
    /// </summary>
    public static string Printable(string text) => string.Concat(text.Select(character =>
        (char.IsControl(character) && character is not ('\n' or '\t')) || char.GetUnicodeCategory(character) == UnicodeCategory.Format ? '\uFFFD' : character));

    /// <summary>A cell of a number.</summary>
    public static Text Cell(long number) => new(number.ToString(CultureInfo.InvariantCulture));
}
