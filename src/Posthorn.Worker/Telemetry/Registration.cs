using Posthorn.Delivery;
using Posthorn.Diagnostics;
using Posthorn.Lanes;
using Posthorn.Worker.Composition;

namespace Posthorn.Worker.Telemetry;

/// <summary>What others see of the worker.</summary>
internal static class Registration
{
    /// <summary>The log, and what is exported. To be added first, so that it sees the others start and stop.</summary>
    public static void AddTelemetry(this WebApplicationBuilder builder, WorkerSettings settings)
    {
        var signals = OtlpSignals.Read(Environment.GetEnvironmentVariable);
        settings.Logging.AddTo(builder.Logging);
        if (signals.Logs)
        {
            builder.Configuration.AddInMemoryCollection(OtlpSignals.Variables()); // Where the log's exporter looks for them.
            OtlpExport.AddLogs(builder.Logging);
        }

        builder.Services.AddSingleton(signals).AddSingleton(new TenantLabels(settings.Telemetry.Tenants)).AddSingleton(new WorkerStats());
        builder.Services.AddSingleton(provider => new WorkerGauges(
            () => provider.GetRequiredService<DeliveryPump>().InFlight, provider.GetRequiredService<LaneSet>().Census, () => provider.GetRequiredService<PumpPulse>().Age));
        builder.Services.AddHostedService<TelemetryService>();
    }
}
