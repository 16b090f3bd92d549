using Microsoft.Extensions.Logging;
using Posthorn.Diagnostics;
using Posthorn.Envelopes;
using Posthorn.Events;
using Posthorn.Lanes;
using Posthorn.Queues;
using Posthorn.Retrying;
using Posthorn.Sending;

namespace Posthorn.Delivery;

/// <summary>Carries one leased message to a settled lease.</summary>
public sealed partial class DeliveryHandler(
    EnvelopeReader reader, DeliveryGate gate, LaneSet lanes, WebhookSender sender, DeliveryPolicy policy, RecentOutcomes recent, DeliveryJournal journal, TimeProvider clock,
    ILogger<DeliveryHandler> logger)
{
    private static readonly TimeSpan LocalPause = TimeSpan.FromSeconds(1);

    /// <summary>Reads, admits, sends in its lane, decides, settles, notes.</summary>
    /// <exception cref="OperationCanceledException">The worker stops; the lease is not settled.</exception>
    public async Task HandleAsync(ILease lease, CancellationToken stopping)
    {
        ArgumentNullException.ThrowIfNull(lease);
        if (BlockedUntil(lease) is { } until)
        {
            await PostponeAsync(lease, until);
            return;
        }

        if (!reader.TryRead(lease.Message, lease.EnqueuedAt, out var envelope, out var errors))
        {
            await RefuseAsync(lease, errors);
            return;
        }

        var (posting, known) = await recent.BeginAsync(lease, stopping);
        using var ending = posting;
        if (known is not null)
        {
            await FinishAsync(lease, posting, known);
            PosthornMeter.DuplicatesAvoided.Add(1);
            LogSettledLate(envelope.Id, VerdictText.Of(known.Verdict));
            return;
        }

        var admission = await gate.AdmitAsync(envelope, lease.Progress);
        if (admission is Admission.Go { Envelope: var admitted }) await AttemptAsync(lease, admitted, posting, stopping);
        else await NotNowAsync(lease, envelope, admission);
    }

    /// <summary>A look at the lane before the message is read: what waits in great numbers for one that does not move must cost little.</summary>
    private DateTimeOffset? BlockedUntil(ILease lease) =>
        EnvelopeProperties.TryPeek(lease.Message, out var lane, out var deadline) && deadline > clock.GetUtcNow() ? lanes.BlockedUntil(lane, IsBehind(lease.Progress)) : null;

    /// <summary>Whether fresh mail goes before it: what was tried before, or was dead.</summary>
    private static bool IsBehind(DeliveryProgress progress) => progress is { AttemptsMade: > 0 } or { Replays: > 0 };

    /// <summary>One attempt, unless the lane cannot take it now.</summary>
    private async Task AttemptAsync(ILease lease, Envelope envelope, Posting posting, CancellationToken stopping)
    {
        var number = lease.Progress.NextAttempt;
        var passage = await lanes.PassAsync(envelope.Destination, isRetry: IsBehind(lease.Progress), stop => SendAsync(envelope, number, stop), stopping);
        if (passage is not Passage.Sent { Result: var result })
        {
            await NotNowAsync(lease, envelope, new Admission.Wait(((Passage.Later)passage).Until));
            return;
        }

        if (result is SendResult.Failed { Error: SendError.LocalLimit, Detail: var limit })
        {
            LogLocalLimit(envelope.Id, limit);
            await NotNowAsync(lease, envelope, new Admission.Wait(clock.GetUtcNow() + LocalPause));
            return;
        }

        FailPoint.Hit(FailPoint.Deciding);
        var outcome = new AttemptOutcome(envelope, policy.Decide(envelope, number, result, clock.GetUtcNow()), Record(number, result));
        posting.Reached(outcome);
        if (lease.DeliveryCount > 1) PosthornMeter.AttemptsAfterLoss.Add(1);
        LogAttempt(envelope, number, result, outcome.Verdict);
        FailPoint.Hit(FailPoint.Answered);
        await FinishAsync(lease, posting, outcome);
    }

    private async Task<SendResult> SendAsync(Envelope envelope, int number, CancellationToken stopping)
    {
        using var attempting = new Attempting(envelope, number);
        var (result, _) = await sender.AskAsync(envelope, number, stopping);
        attempting.Met(result);
        return result;
    }

    /// <summary>Settles and notes. The request may have reached the receiver: also while stopping.</summary>
    private async Task FinishAsync(ILease lease, Posting posting, AttemptOutcome outcome)
    {
        await SettleAsync(lease, outcome.Verdict, outcome.Attempt);
        posting.Settled();
        FailPoint.Hit(FailPoint.Settled);
        await journal.NoteAsync(lease, outcome.Envelope, outcome.Attempt, outcome.Verdict);
        LogForOperators(outcome.Envelope, outcome.Verdict);
    }

    /// <summary>Puts a message back that is not to be sent yet, or settles one that is not to be sent any more.</summary>
    private async Task NotNowAsync(ILease lease, Envelope envelope, Admission admission)
    {
        switch (admission)
        {
            case Admission.Wait { Until: var until }:
                await PostponeAsync(lease, until);
                LogPostponed(envelope.Id, envelope.Destination.Display, until);
                break;
            case Admission.Settle { Verdict: var verdict }:
                var others = WhatOthersMet(lease, envelope, verdict);
                if (others is not null && verdict is Verdict.DeadLetter dead) verdict = dead with { Description = $"{dead.Description}; {others.Detail}" };
                await SettleAsync(lease, verdict, others);
                await journal.NoteAsync(lease, envelope, attempt: null, verdict);
                LogNotSent(envelope.Id, envelope.Type, envelope.Destination.Display, VerdictText.Of(verdict));
                break;
        }
    }

    /// <summary>
    /// Why a message expired that was never tried, as its lane did not move: what the others met. Its operator is to see the cause, and
    /// not only that time passed. Nothing of an answer's text, which was about somebody else's message.
    /// </summary>
    private AttemptRecord? WhatOthersMet(ILease lease, Envelope envelope, Verdict verdict)
    {
        if (verdict is not Verdict.DeadLetter { Reason: var reason } || reason != DeadLetterReason.Expired || lease.Progress.AttemptsMade > 0) return null;
        return lanes.TroubleOf(envelope.Destination.Lane) is { } trouble
            ? Record(0, trouble) with { Detail = $"it waited for its destination, where others met {(trouble is SendResult.Answered answer ? $"HTTP {answer.Status}" : DeliveryPolicy.Describe(trouble))}" }
            : null;
    }

    private static async Task PostponeAsync(ILease lease, DateTimeOffset until)
    {
        await lease.PostponeAsync(until, CancellationToken.None);
        PosthornMeter.Postponements.Add(1);
    }

    private static async Task SettleAsync(ILease lease, Verdict verdict, AttemptRecord? attempt)
    {
        using var settling = new Settling(verdict);
        try
        {
            await (verdict switch
            {
                Verdict.Delivered or Verdict.Drop => lease.CompleteAsync(CancellationToken.None),
                Verdict.Retry retry when attempt is not null => lease.RetryAsync(retry.DueAt, attempt, CancellationToken.None),
                Verdict.DeadLetter dead => lease.DeadLetterAsync(dead.Reason, DeadLetterReason.Bounded(dead.Description), attempt, CancellationToken.None),
                _ => throw new ArgumentOutOfRangeException(nameof(verdict), verdict, "A verdict without a way to settle it."),
            });
        }
        catch (Exception failure)
        {
            settling.Failed(failure);
            throw;
        }
    }

    private async Task RefuseAsync(ILease lease, IReadOnlyList<EnvelopeError> errors)
    {
        var (reason, description) = (errors[0].Reason, DeadLetterReason.Bounded(string.Join("; ", errors)));
        await lease.DeadLetterAsync(reason, description, attempt: null, CancellationToken.None);
        DeliveryMetrics.Dead(reason);
        LogRefused(lease.Message.MessageId, reason.Name, description);
    }

    private static AttemptRecord Record(int number, SendResult result) => new()
    {
        Number = number,
        At = result.StartedAt,
        DurationMs = (long)result.Duration.TotalMilliseconds,
        Status = (result as SendResult.Answered)?.Status,
        Error = result switch
        {
            SendResult.Failed failure => failure.Error.ToString(),
            SendResult.Refused refused => refused.Refusal.Reason.Name,
            _ => null,
        },
        Detail = result switch
        {
            SendResult.Answered answer => answer.Extract,
            SendResult.Failed failure => failure.Detail,
            SendResult.Refused refused => refused.Refusal.Detail,
            _ => null,
        },
    };

    private void LogAttempt(Envelope envelope, int attempt, SendResult result, Verdict verdict)
    {
        var level = verdict is Verdict.Delivered ? LogLevel.Information : LogLevel.Warning;
        if (!logger.IsEnabled(level)) return;
        var outcome = DeliveryPolicy.Describe(result);
        LogAttemptFinished(
            level, envelope.Id, envelope.Type, envelope.Destination.Display, attempt,
            result is SendResult.Answered { Status: var status } ? $"HTTP {status}" : outcome,
            (long)result.Duration.TotalMilliseconds, VerdictText.Of(verdict));
    }

    /// <summary>The lines that a document tells its operators to watch.</summary>
    private void LogForOperators(Envelope envelope, Verdict verdict)
    {
        var profile = envelope.Profile;
        if (profile.EntityNoun is not { } noun || EventData.Entity(profile, profile.Body.DataOf(envelope.Body)) is not { } entity) return;
        var line = string.Concat(entity.Select(character => char.IsControl(character) ? '\uFFFD' : character)); // It is the producer's text.
        if (verdict is Verdict.Delivered) LogSent(noun, line);
        else LogNotDelivered(noun, line);
    }

    [LoggerMessage(EventId = 1, EventName = "AttemptFinished", Message = "{Id} {Type} to {Destination}: attempt {Attempt}, {Outcome} in {DurationMs} ms: {Verdict}")]
    private partial void LogAttemptFinished(LogLevel level, string id, string type, string destination, int attempt, string outcome, long durationMs, string verdict);

    [LoggerMessage(2, LogLevel.Warning, "{Id} {Type} to {Destination}: not sent: {Verdict}", EventName = "NotSent")]
    private partial void LogNotSent(string id, string type, string destination, string verdict);

    [LoggerMessage(4, LogLevel.Debug, "{Id} to {Destination}: not yet; again at {NextTurn:O}", EventName = "Postponed")]
    private partial void LogPostponed(string id, string destination, DateTimeOffset nextTurn);

    [LoggerMessage(8, LogLevel.Warning, "{Id}: waits, as this process may not open another connection: {Cause}", EventName = "LocalLimit")]
    private partial void LogLocalLimit(string id, string cause);

    [LoggerMessage(7, LogLevel.Information, "{Id}: could not be settled after its attempt; settled now, without another one: {Verdict}", EventName = "SettledLate")]
    private partial void LogSettledLate(string id, string verdict);

    [LoggerMessage(5, LogLevel.Information, "Webhook sent successfully for {Noun} {Entity}", EventName = "EntityTold")]
    private partial void LogSent(string noun, string entity);

    [LoggerMessage(6, LogLevel.Warning, "Failed to send webhook for {Noun} {Entity}", EventName = "EntityNotTold")]
    private partial void LogNotDelivered(string noun, string entity);

    [LoggerMessage(3, LogLevel.Warning, "{MessageId} is dead-lettered as {Reason}: {Description}", EventName = "MessageRefused")]
    private partial void LogRefused(string messageId, string reason, string description);
}
