using Posthorn.Diagnostics;
using Posthorn.Endpoints;
using Posthorn.Envelopes;
using Posthorn.Events;
using Posthorn.History;
using Posthorn.Queues;
using Posthorn.Retrying;

namespace Posthorn.Delivery;

/// <summary>
/// Tells the delivery log, the endpoint's health and the subscribers of operational events what a delivery met. The log and the health
/// take it without waiting; a dead letter that somebody subscribed to is waited for until its event is on the queue, or is given up.
/// </summary>
public sealed class DeliveryJournal(HistoryRecorder history, EndpointDirectory endpoints, EndpointHealth health, OperationalEvents operational, StatusProjection statuses, TimeProvider clock, TenantLabels? tenants = null)
{
    /// <summary>Notes a verdict that has been settled, and the attempt that led to it when there was one.</summary>
    public async ValueTask NoteAsync(ILease lease, Envelope envelope, AttemptRecord? attempt, Verdict verdict)
    {
        ArgumentNullException.ThrowIfNull(lease);
        ArgumentNullException.ThrowIfNull(envelope);
        var now = clock.GetUtcNow();
        history.Record(Record(lease, envelope, attempt, verdict, now));
        if (envelope.Destination.Endpoint is null && lease.Progress.AttemptsMade == 0) RecordStatus(lease, envelope);
        DeliveryMetrics.Settled(envelope, lease.EnqueuedAt, attempt, verdict, now, tenants?.Of(envelope.Tenant));
        if (envelope.IsTest) return;
        if (envelope.Destination.Endpoint is { } endpoint && attempt is not null && !IsElsewhere(endpoint, envelope)) health.Note(endpoint, NewsOf(verdict), attempt.At);
        if (verdict is Verdict.DeadLetter dead && !OperationalTypes.All.Contains(envelope.Type)) await TellAsync(envelope, lease, attempt, dead);
    }

    private static DeliveryRecord Record(ILease lease, Envelope envelope, AttemptRecord? attempt, Verdict verdict, DateTimeOffset now) =>
        EndpointEnvelope.Record(envelope, lease.EnqueuedAt, StateOf(verdict), ReasonOf(verdict)) with
        {
            LastAt = now,
            NextAttemptAt = (verdict as Verdict.Retry)?.DueAt,
            Status = attempt?.Status,
            Attempts = attempt is null ? [] : [attempt],
        };

    private static DeliveryState StateOf(Verdict verdict) => verdict switch
    {
        Verdict.Delivered => DeliveryState.Delivered,
        Verdict.Retry => DeliveryState.Retrying,
        Verdict.DeadLetter => DeliveryState.DeadLettered,
        Verdict.Drop => DeliveryState.Dropped,
        _ => throw new ArgumentOutOfRangeException(nameof(verdict), verdict, message: null),
    };

    private static string? ReasonOf(Verdict verdict) => verdict switch
    {
        Verdict.DeadLetter dead => dead.Reason.Name,
        Verdict.Drop drop => drop.Reason,
        _ => null,
    };

    /// <summary>Whether it was sent elsewhere, or the endpoint has moved since the attempt: what another place answered says nothing of this one.</summary>
    private bool IsElsewhere(string endpointId, Envelope envelope) =>
        envelope.Destination.Elsewhere is not null || (endpoints.Find(endpointId) is { } endpoint && endpoint.Record.DisplayUrl != envelope.Destination.Display);

    /// <summary>Whose the news of a lost delivery is: the endpoint's owner's, who may be another than the event's.</summary>
    private string? OwnerOf(Envelope envelope) =>
        envelope.Destination.Endpoint is not { } id ? envelope.Tenant : endpoints.Find(id) is { Record.Tenant: not EventPattern.All } endpoint ? endpoint.Record.Tenant : null;

    /// <summary>What an attempt says of its endpoint; what was never tried says nothing.</summary>
    private static EndpointNews NewsOf(Verdict verdict) => verdict switch
    {
        Verdict.Delivered => EndpointNews.Success,
        Verdict.DeadLetter { Reason: var reason } when reason == DeadLetterReason.EndpointGone => EndpointNews.Gone,
        Verdict.DeadLetter => EndpointNews.Loss,
        _ => EndpointNews.Failure,
    };

    /// <summary>A notification is an accepted event too, for whoever follows the task it is about.</summary>
    private void RecordStatus(ILease lease, Envelope envelope)
    {
        if (envelope.Profile.Entity.Count == 0 || envelope.Profile.Body.DataOf(envelope.Body) is not { Length: > 0 } data) return;
        var faults = new List<EnvelopeError>(); // A body on the queue may be anybody's; what is kept of it is strict JSON.
        if (!StrictJson.Check(data.Span, "data", faults) || faults.Count > 0) return;
        var told = new WebhookEvent { Id = envelope.Id, Type = envelope.Type, Tenant = envelope.Tenant, Time = envelope.Time, Profile = envelope.Profile.Name, Data = data };
        if (statuses.Of(told, lease.EnqueuedAt) is { } status) history.Record(status);
    }

    private Task TellAsync(Envelope envelope, ILease lease, AttemptRecord? attempt, Verdict.DeadLetter dead) => operational.PublishAsync(
        OperationalTypes.DeliveryDeadLettered,
        OwnerOf(envelope),
        new OperationalData
        {
            EndpointId = envelope.Destination.Endpoint,
            Url = envelope.Destination.Display,
            DeliveryId = envelope.DeliveryId,
            EventId = envelope.Id,
            EventType = envelope.Type,
            Reason = dead.Reason.Name,
            Description = DeadLetterReason.Bounded(dead.Description),
            Attempts = lease.Progress.AttemptsMade + (attempt is null ? 0 : 1),
        },
        CancellationToken.None);
}
