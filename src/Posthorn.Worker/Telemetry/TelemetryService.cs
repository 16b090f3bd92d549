using Posthorn.Diagnostics;
using Posthorn.Queues;

namespace Posthorn.Worker.Telemetry;

/// <summary>
/// Exports while the worker runs. It starts before the others and stops after them. What is on the queue is counted at its own pace, however
/// often metrics are collected.
/// </summary>
internal sealed class TelemetryService(OtlpSignals signals, WorkerGauges gauges, IDeliveryQueue queue, TimeProvider clock) : BackgroundService
{
    private static readonly TimeSpan CountEvery = TimeSpan.FromSeconds(10);
    private OtlpExport? _export;

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        if (signals.Any) _export = new OtlpExport(signals);
        DeliveryMetrics.Begin();
        return base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await Task.Run(() => _export?.Dispose(), CancellationToken.None);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!signals.Metrics) return;
        using var timer = new PeriodicTimer(CountEvery, clock);
        do gauges.Counts = await CountAsync(stoppingToken);
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task<QueueCounts?> CountAsync(CancellationToken stopping)
    {
        try
        {
            return await queue.CountAsync(stopping);
        }
        catch (QueueUnavailableException)
        {
            return null; // The pump tells its operator.
        }
    }
}
