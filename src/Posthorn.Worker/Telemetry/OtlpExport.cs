using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Posthorn.Diagnostics;

namespace Posthorn.Worker.Telemetry;

/// <summary>The exporting of one process's spans and metrics, from now until it is disposed of, which sends what is left.</summary>
internal sealed class OtlpExport(OtlpSignals signals) : IDisposable
{
    private readonly TracerProvider? _tracer = !signals.Traces ? null
        : Sdk.CreateTracerProviderBuilder().SetResourceBuilder(Resource()).AddSource(PosthornSpans.SourceName).AddOtlpExporter().Build();

    private readonly MeterProvider? _meter = !signals.Metrics ? null
        : Sdk.CreateMeterProviderBuilder().SetResourceBuilder(Resource()).AddMeter(PosthornMeter.Name).AddOtlpExporter().Build();

    /// <summary>Adds the log to what is exported.</summary>
    public static void AddLogs(ILoggingBuilder logging) => logging.AddOpenTelemetry(log =>
    {
        log.SetResourceBuilder(Resource());
        log.AddOtlpExporter();
    });

    public void Dispose()
    {
        _tracer?.Dispose();
        _meter?.Dispose();
    }

    /// <summary>Who exports; <c>OTEL_SERVICE_NAME</c> and <c>OTEL_RESOURCE_ATTRIBUTES</c> come last, and win.</summary>
    private static ResourceBuilder Resource() => ResourceBuilder.CreateEmpty()
        .AddService("posthorn", serviceVersion: typeof(OtlpExport).Assembly.GetName().Version?.ToString(3))
        .AddTelemetrySdk()
        .AddEnvironmentVariableDetector();
}
