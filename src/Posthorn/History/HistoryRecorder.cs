using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Posthorn.History;

/// <summary>
/// Writes the past down in batches, off the hot path. Whoever records never waits: while the store is slow or away, what there is
/// no room for is counted and forgotten.
/// </summary>
public sealed partial class HistoryRecorder(IDeliveryLog log, HistoryOptions options, TimeProvider clock, ILogger<HistoryRecorder> logger) : BackgroundService
{
    private const int MaxEntries = 50_000;
    private const long MaxPayloadBytes = 64 * 1024 * 1024;
    private const int MaxBatch = 1000;
    private const int MaxMarkers = 200;
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(150); // A page of the store is written once for all that it got meanwhile.
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan TellEvery = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LastChance = TimeSpan.FromSeconds(5);
    private readonly Channel<object> _entries = Channel.CreateBounded<object>(new BoundedChannelOptions(MaxEntries) { SingleReader = true });
    private TaskCompletionSource _hurry = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _markers;
    private long _payloadBytes;
    private long _dropped;
    private long _droppedTold;
    private long _toldAt;

    /// <summary>How many records there was no room for.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Records news of a delivery. While the store lags behind, what has not been tried yet is left out: its attempts tell of it.</summary>
    public void Record(DeliveryRecord delivery)
    {
        ArgumentNullException.ThrowIfNull(delivery);
        if (delivery.State != DeliveryState.Pending || _entries.Reader.Count < MaxEntries / 2) Add(delivery);
    }

    /// <summary>Records an event.</summary>
    /// <returns>Whether there was room for it.</returns>
    public bool Record(ArchivedEvent archived)
    {
        ArgumentNullException.ThrowIfNull(archived);
        return Add(options.KeepsPayloads ? archived : archived with { Data = default });
    }

    /// <summary>Records a status.</summary>
    public void Record(StatusEntry status) => Add(status);

    /// <summary>Waits until what was recorded before is in the store.</summary>
    /// <returns>False when it is not, within the time.</returns>
    public async Task<bool> FlushAsync(TimeSpan atMost, CancellationToken cancellationToken)
    {
        if (!options.IsEnabled) return true;
        var droppedBefore = Dropped;
        var marker = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!TryAddMarker(marker)) return false;
        Volatile.Read(ref _hurry).TrySetResult();
        try
        {
            await marker.Task.WaitAsync(atMost, clock, cancellationToken);
            return Dropped == droppedBefore; // It may be others' records that were dropped; who asks is told no, then, to be sure.
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _entries.Writer.TryComplete();
        await base.StopAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        using var lastChance = new CancellationTokenSource(Timeout.InfiniteTimeSpan, clock);
        await using var stop = stoppingToken.Register(() => lastChance.CancelAfter(LastChance));
        var batch = new List<object>(MaxBatch);
        try
        {
            while (await _entries.Reader.WaitToReadAsync(lastChance.Token))
            {
                while (batch.Count < MaxBatch && _entries.Reader.TryRead(out var entry)) batch.Add(entry);
                await WriteAsync(batch, lastChance.Token);
                var isFull = batch.Count == MaxBatch;
                batch.Clear();
                if (!isFull) await GatherAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            LogGivenUp(batch.Count + _entries.Reader.Count);
        }
    }

    /// <summary>A few at a time, also of those that nobody waits for any more: who asks takes no room from what is recorded.</summary>
    private bool TryAddMarker(TaskCompletionSource marker)
    {
        if (Interlocked.Increment(ref _markers) <= MaxMarkers && _entries.Writer.TryWrite(marker)) return true;
        Interlocked.Decrement(ref _markers);
        return false;
    }

    /// <summary>Waits a moment for more, unless somebody waits for what there is.</summary>
    private async Task GatherAsync(CancellationToken stopping)
    {
        var hurry = Volatile.Read(ref _hurry);
        await Task.WhenAny(hurry.Task, Task.Delay(Gather, clock, stopping));
        if (hurry.Task.IsCompleted) Volatile.Write(ref _hurry, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
    }

    private bool Add(object entry)
    {
        if (!options.IsEnabled) return false;
        var bytes = BytesOf(entry);
        if (Interlocked.Add(ref _payloadBytes, bytes) <= MaxPayloadBytes && _entries.Writer.TryWrite(entry)) return true;
        Interlocked.Add(ref _payloadBytes, -bytes);
        CountDropped(1);
        return false;
    }

    private void CountDropped(int records)
    {
        Interlocked.Add(ref _dropped, records);
        Diagnostics.PosthornMeter.HistoryDropped.Add(records);
    }

    /// <summary>Writes a batch, however long the store is away; what comes meanwhile waits in the bounded channel.</summary>
    private async Task WriteAsync(List<object> entries, CancellationToken cancellationToken)
    {
        var batch = new HistoryBatch([.. entries.OfType<DeliveryRecord>()], [.. entries.OfType<ArchivedEvent>()], [.. entries.OfType<StatusEntry>()]);
        for (var isWritten = entries.TrueForAll(IsMarker); !isWritten;)
        {
            try
            {
                await log.WriteAsync(batch, cancellationToken);
                isWritten = true;
            }
            catch (Exception failure) when (failure is StoreUnavailableException || !cancellationToken.IsCancellationRequested)
            {
                LogUnavailable(failure.Message, Dropped);
                await Task.Delay(Pause, clock, cancellationToken);
                if (failure is StoreUnavailableException) continue;
                CountDropped(entries.Count(entry => !IsMarker(entry))); // A batch that the store cannot take at all must not stop the next ones.
                break;
            }
        }

        Interlocked.Add(ref _payloadBytes, -entries.Sum(BytesOf));
        foreach (var marker in entries.OfType<TaskCompletionSource>())
        {
            Interlocked.Decrement(ref _markers);
            marker.TrySetResult();
        }

        TellDropped();
    }

    private void TellDropped()
    {
        if (Dropped is var dropped && (dropped == _droppedTold || clock.GetElapsedTime(_toldAt) < TellEvery)) return;
        _toldAt = clock.GetTimestamp();
        LogDropped(dropped - _droppedTold, dropped);
        _droppedTold = dropped;
    }

    /// <summary>Who flushes waits for a marker among the records.</summary>
    private static bool IsMarker(object entry) => entry is TaskCompletionSource;

    private static long BytesOf(object entry) => entry switch
    {
        ArchivedEvent archived => archived.Data.Length,
        StatusEntry status => status.Data.Length,
        DeliveryRecord delivery => delivery.Attempts.Sum(attempt => 2L * (attempt.Detail?.Length ?? 0)),
        _ => 0,
    };

    [LoggerMessage(30, LogLevel.Warning, "The delivery log cannot be written; deliveries go on. {Cause} ({Dropped} records lost so far)", EventName = "HistoryUnavailable")]
    private partial void LogUnavailable(string cause, long dropped);

    [LoggerMessage(31, LogLevel.Warning, "{Dropped} records of the delivery log were lost, as there was no room for them ({Total} since the start)", EventName = "HistoryDropped")]
    private partial void LogDropped(long dropped, long total);

    [LoggerMessage(32, LogLevel.Warning, "{Count} records of the delivery log are given up, as the worker stops and the store cannot be written", EventName = "HistoryGivenUp")]
    private partial void LogGivenUp(int count);
}
