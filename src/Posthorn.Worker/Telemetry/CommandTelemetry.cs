using System.CommandLine;
using System.Diagnostics;
using Posthorn.Diagnostics;

namespace Posthorn.Worker.Telemetry;

/// <summary>The trace of a command that puts something on the queue: it begins there, and goes on in the worker.</summary>
internal sealed class CommandTelemetry : IDisposable
{
    private readonly OtlpExport _export;
    private readonly Activity? _span;

    private CommandTelemetry(OtlpSignals signals, string command)
    {
        _export = new OtlpExport(signals);
        _span = PosthornSpans.Source.StartActivity($"posthorn {command}");
    }

    /// <summary>Starts it; null for other commands, or where nothing is to be exported.</summary>
    /// <exception cref="Settings.SettingsException">The endpoint cannot be used.</exception>
    public static CommandTelemetry? Start(Command command)
    {
        if (command.Name is not ("send" or "replay" or "import")) return null;
        var signals = OtlpSignals.Read(Environment.GetEnvironmentVariable);
        return signals.Traces ? new CommandTelemetry(signals.OnlyTraces(), command.Name) : null;
    }

    public void Dispose()
    {
        _span?.Dispose();
        _export.Dispose();
    }
}
