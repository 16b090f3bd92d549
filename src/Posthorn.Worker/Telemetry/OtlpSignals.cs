using System.Collections;
using Posthorn.Settings;

namespace Posthorn.Worker.Telemetry;

/// <summary>
/// Which signals leave by OTLP: those that OpenTelemetry's own environment variables name an endpoint for. Without one nothing is exported,
/// and nothing is collected for it. Everything else about them (protocol, headers, sampler, intervals) the SDK reads itself.
/// </summary>
internal sealed record OtlpSignals
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string Accepted = "http://HOST:PORT or https://HOST:PORT";

    public bool Traces { get; private init; }

    public bool Metrics { get; private init; }

    public bool Logs { get; private init; }

    public bool Any => Traces || Metrics || Logs;

    /// <summary>OpenTelemetry's own variables.</summary>
    public static IEnumerable<KeyValuePair<string, string?>> Variables() => Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
        .Select(variable => KeyValuePair.Create($"{variable.Key}", variable.Value as string))
        .Where(variable => variable.Key.StartsWith("OTEL_", StringComparison.Ordinal));

    /// <summary>The same without metrics and logs.</summary>
    public OtlpSignals OnlyTraces() => new() { Traces = Traces };

    /// <summary>Reads them.</summary>
    /// <param name="variable">Answers a name with what the environment holds.</param>
    /// <exception cref="SettingsException">An endpoint cannot be used.</exception>
    public static OtlpSignals Read(Func<string, string?> variable)
    {
        if (variable("OTEL_SDK_DISABLED")?.Trim().Equals("true", StringComparison.OrdinalIgnoreCase) == true) return new OtlpSignals();
        return new OtlpSignals { Traces = IsOn("TRACES"), Metrics = IsOn("METRICS"), Logs = IsOn("LOGS") };

        bool IsOn(string signal) => HasEndpoint(signal) && variable($"OTEL_{signal}_EXPORTER")?.Trim().Equals("none", StringComparison.OrdinalIgnoreCase) != true;

        bool HasEndpoint(string signal)
        {
            var name = variable($"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT") is { Length: > 0 } ? $"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT" : Endpoint;
            if (variable(name) is not { Length: > 0 } text) return false;
            if (Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https") return true;
            throw new SettingsException(name, "is not an absolute http or https URL", Accepted); // Not shown: it may hold a key.
        }
    }
}
