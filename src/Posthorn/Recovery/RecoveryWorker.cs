using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Posthorn.Endpoints;
using Posthorn.Envelopes;
using Posthorn.Events;
using Posthorn.History;
using Posthorn.Queues;

namespace Posthorn.Recovery;

/// <summary>
/// Works on recoveries, one at a time: puts the endpoint's dead letters back, then sends it the events of which the log has no
/// delivery to it. How far it has come is saved after each page, so that another process goes on after a crash; what was put on the
/// queue just before is kept from doubling by the message ids.
/// </summary>
public sealed partial class RecoveryWorker(
    IRecoveryStore store, IDeadLetterQueue deadLetters, IDeliveryQueue queue, IDeliveryLog log, HistoryRecorder history, EndpointDirectory directory, Resender resender,
    TimeProvider clock, ILogger<RecoveryWorker> logger)
    : BackgroundService
{
    private const int PageSize = 100;
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Lag = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Hold = TimeSpan.FromSeconds(60);
    private readonly string _owner = RandomIds.Make("worker_", 16);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken)) await TryWorkAsync(stoppingToken);
        }
        catch (OperationCanceledException)
        {
            // The worker stops; another one goes on when the hold ends.
        }
    }

    private async Task TryWorkAsync(CancellationToken stopping)
    {
        try
        {
            var now = clock.GetUtcNow();
            if (await store.ClaimAsync(_owner, now, now + Hold, stopping) is { } run) await RunAsync(run, stopping);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            LogInterrupted(failure.Message);
        }
    }

    private async Task RunAsync(RecoveryRun run, CancellationToken stopping)
    {
        while (run.State == RecoveryState.Running)
        {
            var started = clock.GetTimestamp();
            var (before, cursorBefore) = (run.Replayed + run.Sent, run.DeadLetterCursor is null ? run.EventCursor : -1);
            run = await FindAsync(run.EndpointId, stopping) is not { } endpoint
                ? run with { State = RecoveryState.Failed, Detail = "the endpoint was deleted" }
                : endpoint.Record.Status != EndpointStatus.Active ? run with { State = RecoveryState.Failed, Detail = "the endpoint is not active any more" }
                : run.DeadLetterCursor is { } cursor ? await ReplayPageAsync(run, cursor, endpoint.Record.Profile, stopping)
                : await SendPageAsync(run, endpoint, stopping);
            run = run with { UpdatedAt = clock.GetUtcNow() };
            if (!await store.SaveAsync(run, _owner, clock.GetUtcNow() + Hold, stopping)) return;

            // At the end of the time it waits a little for events that other processes have yet to archive.
            var isWaiting = run is { State: RecoveryState.Running, DeadLetterCursor: null } && run.EventCursor == cursorBefore;
            var pace = (isWaiting ? Glance : TimeSpan.FromSeconds((double)(run.Replayed + run.Sent - before) / run.Rate)) - clock.GetElapsedTime(started);
            if (pace > TimeSpan.Zero) await Task.Delay(pace, clock, stopping);
        }

        LogEnded(run.Id, run.EndpointId, run.State, run.Replayed, run.Sent);
    }

    /// <summary>The endpoint; one that another process has just registered is read before it is taken for deleted.</summary>
    private async Task<RegisteredEndpoint?> FindAsync(string id, CancellationToken stopping)
    {
        if (directory.Find(id) is { } known) return known;
        await directory.RefreshAsync(stopping);
        return directory.Find(id);
    }

    /// <summary>The most that is put on the queue in one go: a part of a second's, so that no second has many more than its own.</summary>
    private static int AtOnce(RecoveryRun run) => Math.Clamp(run.Rate / 10, 1, PageSize);

    /// <summary>
    /// A page of dead letters: those of the endpoint that were accepted before the end and died after the beginning. What was put back
    /// and died again since the run was asked for is left, or it would go round and round.
    /// </summary>
    private async Task<RecoveryRun> ReplayPageAsync(RecoveryRun run, long cursor, string profile, CancellationToken stopping)
    {
        var page = await deadLetters.SummariesAsync(cursor, PageSize, BrowseOrder.Ascending, stopping);
        if (page.Count == 0) return run with { DeadLetterCursor = null };
        List<DeadLetterSummary> missed = [.. page.Where(letter => IsMissed(letter, run)).Take(AtOnce(run))];
        var replayed = missed.Count == 0 ? [] : await deadLetters.ReplayAsync([.. missed.Select(letter => letter.Sequence)], new ReplayChanges { Deadline = resender.FreshDeadline(profile) }, stopping);
        var last = missed.Count == AtOnce(run) ? missed[^1] : page[^1];
        return run with { DeadLetterCursor = last.Sequence + 1, Examined = run.Examined + missed.Count, Replayed = run.Replayed + replayed.Count };
    }

    private static bool IsMissed(DeadLetterSummary letter, RecoveryRun run) =>
        letter.EnqueuedAt < run.Until && letter.DeadLetteredAt >= run.Since
        && !(letter.Replays > 0 && letter.DeadLetteredAt >= run.CreatedAt)
        && letter.Facts.EndpointId == run.EndpointId;

    /// <summary>A page of events: those the endpoint wants and the log has no delivery of.</summary>
    private async Task<RecoveryRun> SendPageAsync(RecoveryRun run, RegisteredEndpoint endpoint, CancellationToken stopping)
    {
        await history.FlushAsync(Lag, stopping);
        var page = await log.EventsAsync(run.Since, run.Until, run.EventCursor, PageSize, stopping);
        if (page.Count == 0) return clock.GetUtcNow() < run.Until + Lag ? run : run with { State = RecoveryState.Completed };
        var wanted = page.Where(archived => archived.Data.Length > 0 && endpoint.Wants(archived.Type, archived.Tenant, archived.IsOperational))
            .Select(archived => (archived.Position, Envelope: resender.EnvelopeOf(Resender.ToEvent(archived), endpoint.Record))).ToList();
        var known = wanted.Count == 0 ? new HashSet<string>() : await log.KnownDeliveriesAsync([.. wanted.Select(each => each.Envelope.DeliveryId)], stopping);
        var missed = wanted.Where(each => !known.Contains(each.Envelope.DeliveryId)).Take(AtOnce(run)).ToList();
        // On the queue first: what the log knows is not sent again after a crash. The record's time is before any attempt's.
        var at = clock.GetUtcNow();
        if (missed.Count > 0) await queue.EnqueueAsync(missed.ConvertAll(each => EnvelopeProperties.Write(each.Envelope, default)), stopping);
        foreach (var (_, envelope) in missed) history.Record(EndpointEnvelope.Record(envelope, at, DeliveryState.Pending, reason: null));
        var last = missed.Count == AtOnce(run) ? missed[^1].Position : page[^1].Position;
        return run with { EventCursor = last, Examined = run.Examined + wanted.Count(each => each.Position <= last), Sent = run.Sent + missed.Count };
    }

    [LoggerMessage(70, LogLevel.Information, "Recovery {Run} of {EndpointId} is {State}: {Replayed} dead letters put back, {Sent} missed events sent", EventName = "RecoveryEnded")]
    private partial void LogEnded(string run, string endpointId, RecoveryState state, int replayed, int sent);

    [LoggerMessage(71, LogLevel.Warning, "A recovery was interrupted; it goes on in a while: {Cause}", EventName = "RecoveryInterrupted")]
    private partial void LogInterrupted(string cause);
}
