using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Spectre.Console;

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

    /// <summary>One line of result.</summary>
    public static void Line(string line) => Console.Out.WriteLine(line);

    /// <summary>One JSON object a line.</summary>
    public static void Json<T>(T value, JsonTypeInfo<T> type) => Console.Out.WriteLine(JsonSerializer.Serialize(value, type));

    /// <summary>A table, as wide as it needs to be when nobody watches, so that a script gets whole cells.</summary>
    public static void Write(Table table)
    {
        if (Console.IsOutputRedirected) AnsiConsole.Profile.Width = 400;
        AnsiConsole.Write(table);
    }

    /// <summary>A cell of plain text.</summary>
    public static Text Cell(string? text) => new(text ?? "");

    /// <summary>A cell of a number.</summary>
    public static Text Cell(long number) => new(number.ToString(CultureInfo.InvariantCulture));
}
