using Microsoft.Extensions.Logging;
using Posthorn.Diagnostics;
using Posthorn.Endpoints;
using Posthorn.Envelopes;
using Posthorn.History;
using Posthorn.Profiles;
using Posthorn.Queues;

namespace Posthorn.Events;

/// <summary>
/// Turns one leased event into an envelope for each active endpoint that wants it. The lease is replaced by the envelopes in one
/// step; when there are more than one step takes, the rest of the event stays on the queue and remembers how far it came.
/// </summary>
public sealed partial class EventFanOut(
    EndpointDirectory directory, ProfileCatalog profiles, MilestoneGate milestones, StatusProjection statuses, HistoryRecorder history, TimeProvider clock,
    ILogger<EventFanOut> logger)
{
    private const int MaxStepBytes = 4 * 1024 * 1024;
    private static readonly TimeSpan NotYet = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan StorePatience = TimeSpan.FromSeconds(2);

    /// <summary>Reads, finds who wants it, writes an envelope for each, replaces.</summary>
    public async Task HandleAsync(ILease lease)
    {
        ArgumentNullException.ThrowIfNull(lease);
        var errors = new List<EnvelopeError>();
        if (EventProperties.Read(lease.Message, errors) is not { } webhookEvent)
        {
            await lease.DeadLetterAsync(errors[0].Reason, DeadLetterReason.Bounded(string.Join("; ", errors)), attempt: null, CancellationToken.None);
            DeliveryMetrics.Dead(errors[0].Reason);
            return;
        }

        if (!directory.IsLoaded)
        {
            await lease.PostponeAsync(clock.GetUtcNow() + NotYet, CancellationToken.None);
            return;
        }

        try
        {
            await SendOnAsync(lease, webhookEvent);
        }
        catch (StoreUnavailableException unavailable)
        {
            LogPostponed(webhookEvent.Id, unavailable.Message);
            await lease.PostponeAsync(clock.GetUtcNow() + NotYet, CancellationToken.None);
        }
    }

    private async Task SendOnAsync(ILease lease, WebhookEvent webhookEvent)
    {
        var wanting = directory.Wanting(webhookEvent.Type, webhookEvent.Tenant, webhookEvent.IsOperational).ToList();
        var active = wanting.FindAll(endpoint => endpoint.Record.Status == EndpointStatus.Active);
        var left = active.FindAll(endpoint => string.CompareOrdinal(endpoint.Record.Id, webhookEvent.SentUpTo) > 0);
        var atOnce = Math.Clamp(MaxStepBytes / Math.Max(1, webhookEvent.Data.Length), 1, ILease.MaxReplacements);
        var step = left.Count > atOnce ? left.GetRange(0, Math.Max(1, atOnce - 1)) : left;

        var messages = new List<QueueMessage>(step.Count + 1);
        foreach (var endpoint in step)
            if (await EnvelopeForAsync(endpoint, webhookEvent, lease) is { } envelope) messages.Add(EnvelopeProperties.Write(envelope, default));
        if (step.Count < left.Count)
            messages.Add(EventProperties.Write(webhookEvent with { SentUpTo = step[^1].Record.Id }, lease.Message.Fingerprint, EventProperties.StepOf(lease.Message) + 1));

        if (webhookEvent.SentUpTo is null) await RememberAsync(lease, webhookEvent, active.Count, isMissed: wanting.Count > active.Count);
        var producer = TraceContext.Of(lease.Message);
        await lease.ReplaceAsync(messages.ConvertAll(message => TraceContext.Onto(message, producer)), CancellationToken.None);
    }

    /// <summary>What the event becomes for one endpoint; null when its profile does not send this one.</summary>
    private async Task<Envelope?> EnvelopeForAsync(RegisteredEndpoint endpoint, WebhookEvent webhookEvent, ILease lease)
    {
        var record = endpoint.Record;
        var profile = profiles.GetOrStandard(record.Profile);
        var eventTime = Rfc3339.TryParse(webhookEvent.Time, out var time) ? time : lease.EnqueuedAt;
        var key = StreamKey(profile, endpoint, webhookEvent);
        var envelope = EndpointEnvelope.Of(webhookEvent, record, profile, profile.Deadline(eventTime, lease.EnqueuedAt)) with
        {
            Stream = key is not null && profile.Throttle[webhookEvent.Type] is ThrottleRule.Window ? new EventStream(key, lease.SequenceNumber) : null,
        };
        var isSent = key is null || profile.Throttle[webhookEvent.Type] is not ThrottleRule.Milestones rule || await milestones.PassesAsync(key, rule, webhookEvent);
        history.Record(EndpointEnvelope.Record(envelope, lease.EnqueuedAt, isSent ? DeliveryState.Pending : DeliveryState.Dropped, isSent ? null : ThrottledReason));
        if (isSent) return envelope;
        PosthornMeter.DeliveriesDropped.Add(1, KeyValuePair.Create<string, object?>("reason", ThrottledReason));
        return null;
    }

    /// <summary>Why a delivery was dropped that its profile's throttle kept back.</summary>
    internal const string ThrottledReason = "Throttled";

    private static string? StreamKey(Profile profile, RegisteredEndpoint endpoint, WebhookEvent webhookEvent) =>
        profile.Throttle.ContainsKey(webhookEvent.Type) && EventData.Entity(profile, webhookEvent.Data) is { } entity
            ? EndpointEnvelope.StreamKey(endpoint.Record.Id, webhookEvent.Type, entity)
            : null;

    /// <summary>Archives the event; before it is settled when an endpoint misses it, so that a recovery finds it for certain.</summary>
    private async Task RememberAsync(ILease lease, WebhookEvent webhookEvent, int matched, bool isMissed)
    {
        if (matched == 0 && !isMissed) PosthornMeter.EventsUnmatched.Add(1);
        var isTaken = history.Record(new ArchivedEvent
        {
            Id = webhookEvent.Id,
            Type = webhookEvent.Type,
            Tenant = webhookEvent.Tenant,
            Subject = webhookEvent.Subject,
            Time = webhookEvent.Time,
            Profile = webhookEvent.Profile,
            AcceptedAt = lease.EnqueuedAt,
            Matched = matched,
            IsOperational = webhookEvent.IsOperational,
            Data = webhookEvent.Data,
        });
        if (statuses.Of(webhookEvent, lease.EnqueuedAt) is { } status) history.Record(status);
        if (isMissed && !(isTaken && await history.FlushAsync(StorePatience, CancellationToken.None))) LogNotArchived(webhookEvent.Id);
    }

    [LoggerMessage(50, LogLevel.Warning, "The event {EventId} waits, as the store is away: {Cause}", EventName = "EventPostponed")]
    private partial void LogPostponed(string eventId, string cause);

    [LoggerMessage(51, LogLevel.Warning, "The event {EventId} could not be archived: an endpoint that is not active cannot recover it", EventName = "EventNotArchived")]
    private partial void LogNotArchived(string eventId);
}
