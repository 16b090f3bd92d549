using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Posthorn.Access;
using Posthorn.Endpoints;

namespace Posthorn.Stores;

/// <summary>Keeps what is known of the store in memory fresh: at most a second behind. While the store is away, what is known stays.</summary>
public sealed partial class StoreWatch(
    IStores stores, EndpointDirectory endpoints, EventTypeDirectory eventTypes, ApiKeyDirectory keys, TimeProvider clock, ILogger<StoreWatch> logger) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(500);
    private bool _isPrepared;
    private bool _isAway;

    /// <summary>Reads everything once, so that a worker is up only when it knows its endpoints; a store that is away is not waited for.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await TryRefreshAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken)) await TryRefreshAsync(stoppingToken);
        }
        catch (OperationCanceledException)
        {
            // The worker stops.
        }
    }

    private async Task TryRefreshAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (!_isPrepared) await stores.PrepareAsync(cancellationToken);
            _isPrepared = true;
            await keys.RefreshAsync(cancellationToken);
            await eventTypes.RefreshAsync(cancellationToken);
            await endpoints.RefreshAsync(cancellationToken);
            if (_isAway) LogBack(stores.Name);
            _isAway = false;
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            if (!_isAway) LogAway(stores.Name, failure.Message);
            _isAway = true;
        }
    }

    [LoggerMessage(60, LogLevel.Error, "The store {Store} is away; deliveries go on with what is known: {Cause}", EventName = "StoreAway")]
    private partial void LogAway(string store, string cause);

    [LoggerMessage(61, LogLevel.Information, "The store {Store} is back", EventName = "StoreBack")]
    private partial void LogBack(string store);
}
