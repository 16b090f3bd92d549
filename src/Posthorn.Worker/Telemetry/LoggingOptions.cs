using Microsoft.Extensions.Logging.Console;
using Posthorn.Settings;

namespace Posthorn.Worker.Telemetry;

/// <summary>How the log is written. Section <c>logging</c>.</summary>
public sealed record LoggingOptions
{
    /// <summary>The form of a line. Default: console, for people.</summary>
    public LogFormat Format { get; init; } = LogFormat.Console;

    /// <summary>Reads the section <c>logging</c>; the environment variables with which images of .NET set up loggers of their own are none of it.</summary>
    public static LoggingOptions From(SettingsSection logging)
    {
        ArgumentNullException.ThrowIfNull(logging);
        logging.AcceptOnly("format", "logLevel", "console");
        return new LoggingOptions { Format = logging.Choice("format", LogFormat.Console) };
    }

    /// <summary>Writes the log so; in JSON each line carries the trace and span it belongs to.</summary>
    public void AddTo(ILoggingBuilder logging)
    {
        ArgumentNullException.ThrowIfNull(logging);
        logging.Configure(factory => factory.ActivityTrackingOptions = ActivityTrackingOptions.TraceId | ActivityTrackingOptions.SpanId);
        if (Format == LogFormat.Json)
            logging.AddJsonConsole(json => (json.UseUtcTimestamp, json.TimestampFormat, json.IncludeScopes) = (true, "yyyy-MM-ddTHH:mm:ss.fffZ", true));
        else
            logging.AddSimpleConsole(console => (console.SingleLine, console.TimestampFormat, console.UseUtcTimestamp, console.ColorBehavior) = (true, "HH:mm:ss.fff ", true, LoggerColorBehavior.Default));
    }
}

/// <summary>The form of a line of the log.</summary>
public enum LogFormat
{
    /// <summary>For people.</summary>
    Console,

    /// <summary>One JSON object a line, for machines.</summary>
    Json,
}
