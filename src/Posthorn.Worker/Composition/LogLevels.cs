using Posthorn.Settings;

namespace Posthorn.Worker.Composition;

/// <summary>The spellings of <c>LOG_LEVEL</c>: .NET's own, and those that other languages' loggers use.</summary>
internal static class LogLevels
{
    private static readonly Dictionary<string, LogLevel> Spellings = new(StringComparer.OrdinalIgnoreCase)
    {
        ["TRACE"] = LogLevel.Trace,
        ["DEBUG"] = LogLevel.Debug,
        ["INFO"] = LogLevel.Information,
        ["INFORMATION"] = LogLevel.Information,
        ["WARN"] = LogLevel.Warning,
        ["WARNING"] = LogLevel.Warning,
        ["ERROR"] = LogLevel.Error,
        ["CRITICAL"] = LogLevel.Critical,
        ["NONE"] = LogLevel.None,
    };

    public static LogLevel Read(SettingsSection root) =>
        root.Text("LOG_LEVEL") is not { Length: > 0 } text ? LogLevel.Information
        : Spellings.TryGetValue(text, out var level) ? level
        : root.Wrong("LOG_LEVEL", text, string.Join(", ", Spellings.Keys), LogLevel.Information);
}
