using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Posthorn.Diagnostics;
using Posthorn.Events;
using Posthorn.Queues;

namespace Posthorn.Delivery;

/// <summary>
/// The receive loop: leases messages, as many ahead as there are slots, and hands each to the <see cref="DeliveryHandler"/>, or an event
/// to the <see cref="EventFanOut"/>. A stop ends the receiving, gives back what was not begun, waits for what is in flight up to the grace,
/// and gives the rest back.
/// </summary>
public sealed partial class DeliveryPump(
    IDeliveryQueue queue, EventFanOut fanOut, DeliveryHandler handler, LockRenewal renewal, PumpPulse pulse, ReplaySlots replays, DeliveryOptions options,
    IHostApplicationLifetime lifetime, TimeProvider clock, ILogger<DeliveryPump> logger)
    : BackgroundService
{
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan[] Backoff = [.. new[] { 0.1, 0.5, 1, 2, 5 }.Select(TimeSpan.FromSeconds)];
    private readonly DeliverySlots _slots = new(options.MaxInFlight);
    private readonly SemaphoreSlim _leasable = new(MostLeased(options));
    private readonly ConcurrentDictionary<ILease, bool> _leased = new();
    private readonly CancellationTokenSource _graceOver = new();

    /// <summary>How many messages are under way.</summary>
    public int InFlight => _slots.Taken;

    /// <inheritdoc/>
    public override void Dispose()
    {
        _leasable.Dispose();
        _graceOver.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!await StartedAsync(stoppingToken)) return;
        using var renewing = renewal.Start(() => _leased.Keys);
        for (var failures = 0; !stoppingToken.IsCancellationRequested;)
        {
            try
            {
                await ReceiveAsync(stoppingToken);
                failures = 0;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
            catch (QueueUnavailableException unavailable)
            {
                pulse.Beat();
                LogQueueUnavailable(unavailable.Message);
                await PauseAsync(Backoff[Math.Min(failures++, Backoff.Length - 1)], stoppingToken);
            }
            catch (Exception bug)
            {
                LogPumpCrashed(bug);
                await PauseAsync(Backoff[^1], stoppingToken);
            }
        }

        await DrainAsync();
    }

    /// <summary>Waits until the whole host is up: a worker that cannot start must not have leased anything.</summary>
    private async Task<bool> StartedAsync(CancellationToken stopping)
    {
        var started = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var up = lifetime.ApplicationStarted.Register(() => started.TrySetResult(true));
        await using var stop = stopping.Register(() => started.TrySetResult(false));
        return await started.Task;
    }

    /// <summary>What is under way, and as many again ahead.</summary>
    private static int MostLeased(DeliveryOptions options) => 2 * options.MaxInFlight;

    private async Task ReceiveAsync(CancellationToken stopping)
    {
        while (!await _leasable.WaitAsync(LongestSilence, stopping)) pulse.Beat();
        var room = 1;
        while (room < options.MaxInFlight && await _leasable.WaitAsync(TimeSpan.Zero, CancellationToken.None)) room++;
        var leases = (IReadOnlyList<ILease>)[];
        try
        {
            var received = await LeaseAsync(room, stopping);
            pulse.Beat();
            if (received.Count > 0) FailPoint.Hit(FailPoint.Leased);
            leases = received;
        }
        finally
        {
            if (room > leases.Count) _leasable.Release(room - leases.Count);
        }

        foreach (var lease in leases)
        {
            _leased[lease] = true;
            replays.Enter(lease);
            if (_slots.TryEnter(lease)) Begin(lease);
        }
    }

    private void Begin(ILease lease) => ThreadPool.UnsafeQueueUserWorkItem(static each => _ = each.Pump.HandleAsync(each.Lease), (Pump: this, Lease: lease), preferLocal: false);

    /// <summary>Waits for mail; while there is no room for replayed messages for other mail only, until there is.</summary>
    private async Task<IReadOnlyList<ILease>> LeaseAsync(int room, CancellationToken stopping)
    {
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var replayed = replays.Free;
        try
        {
            if (replayed == 0) replays.WakeWhenFree(waiting);
            return await queue.ReceiveAsync(room, replayed, MaxWait, waiting.Token);
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            return [];
        }
        finally
        {
            replays.StopWaiting();
        }
    }

    /// <summary>One lease, whatever happens to it; its slot goes on to the next in every case.</summary>
    private async Task HandleAsync(ILease lease)
    {
        using var processing = new Processing(lease);
        try
        {
            if (EventProperties.Describes(lease.Message)) await fanOut.HandleAsync(lease);
            else await handler.HandleAsync(lease, _graceOver.Token);
        }
        catch (OperationCanceledException)
        {
            await ReleaseAsync(lease);
        }
        catch (LockLostException lost)
        {
            PosthornMeter.LocksLost.Add(1);
            processing.Failed(lost);
            LogLockLost(lease.Message.MessageId, lost.Message);
        }
        catch (QueueUnavailableException unavailable)
        {
            processing.Failed(unavailable);
            LogNotSettled(lease.Message.MessageId, unavailable.Message);
        }
        catch (Exception bug)
        {
            // A message that crashes the handler comes back when its lock ends, until the queue gives it up.
            processing.Failed(bug);
            LogHandlerCrashed(bug, lease.Message.MessageId, lease.DeliveryCount);
        }
        finally
        {
            if (_slots.Leave() is { } next) Begin(next);
            End(lease);
        }
    }

    private void End(ILease lease)
    {
        _leased.TryRemove(lease, out _);
        replays.Leave(lease);
        _leasable.Release();
    }

    private async Task DrainAsync()
    {
        var notBegun = _slots.Clear();
        LogDraining(InFlight, options.ShutdownGrace);
        _graceOver.CancelAfter(options.ShutdownGrace);
        await Task.WhenAll(notBegun.Select(ReleaseAsync));
        foreach (var lease in notBegun) End(lease);
        for (var room = 0; room < MostLeased(options); room++) await _leasable.WaitAsync(CancellationToken.None);
    }

    private async Task ReleaseAsync(ILease lease)
    {
        try
        {
            await lease.AbandonAsync(CancellationToken.None);
            LogReleased(lease.Message.MessageId);
        }
        catch (Exception gone) when (gone is LockLostException or QueueUnavailableException)
        {
            LogNotSettled(lease.Message.MessageId, gone.Message);
        }
    }

    private async Task PauseAsync(TimeSpan pause, CancellationToken stopping)
    {
        try
        {
            await Task.Delay(pause, clock, stopping);
        }
        catch (OperationCanceledException)
        {
            // The loop sees it.
        }
    }

    [LoggerMessage(10, LogLevel.Error, "The queue is unavailable: {Cause}", EventName = "QueueUnavailable")]
    private partial void LogQueueUnavailable(string cause);

    [LoggerMessage(16, LogLevel.Critical, "The receive loop crashed; it goes on in a while", EventName = "PumpCrashed")]
    private partial void LogPumpCrashed(Exception bug);

    [LoggerMessage(11, LogLevel.Warning, "{MessageId}: the lock was lost before it was settled, so the queue gives it out again: {Cause}", EventName = "LockLost")]
    private partial void LogLockLost(string messageId, string cause);

    [LoggerMessage(12, LogLevel.Warning, "{MessageId}: not settled, so the queue gives it out again when its lock ends: {Cause}", EventName = "NotSettled")]
    private partial void LogNotSettled(string messageId, string cause);

    [LoggerMessage(13, LogLevel.Error, "{MessageId}: the handler crashed at delivery {DeliveryCount}", EventName = "HandlerCrashed")]
    private partial void LogHandlerCrashed(Exception bug, string messageId, int deliveryCount);

    [LoggerMessage(14, LogLevel.Information, "Stopping: {InFlight} in flight have up to {Grace} to finish", EventName = "Draining")]
    private partial void LogDraining(int inFlight, TimeSpan grace);

    [LoggerMessage(15, LogLevel.Information, "{MessageId}: given back to the queue", EventName = "Released")]
    private partial void LogReleased(string messageId);
}
