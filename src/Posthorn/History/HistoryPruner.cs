using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Posthorn.Events;

namespace Posthorn.History;

/// <summary>Deletes what is older than it is kept, a little at a time.</summary>
public sealed partial class HistoryPruner(IDeliveryLog log, IThrottleStore throttles, HistoryOptions options, TimeProvider clock, ILogger<HistoryPruner> logger) : BackgroundService
{
    private const int Batch = 500;
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(50);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken)) await PruneAsync(stoppingToken);
        }
        catch (OperationCanceledException)
        {
            // The worker stops.
        }
    }

    private async Task PruneAsync(CancellationToken stopping)
    {
        try
        {
            var now = clock.GetUtcNow();
            while (await log.PruneAsync(now - options.Retention, now - options.StatusRetention, Batch, stopping) >= Batch) await Task.Delay(Breath, clock, stopping);
            while (await throttles.PruneAsync(now, Batch, stopping) >= Batch) await Task.Delay(Breath, clock, stopping);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            LogNotPruned(failure.Message);
        }
    }

    [LoggerMessage(33, LogLevel.Warning, "What is older than it is kept could not be deleted; it is tried again: {Cause}", EventName = "HistoryNotPruned")]
    private partial void LogNotPruned(string cause);
}
