using Posthorn.DeadLetters;
using Posthorn.Endpoints;
using Posthorn.Envelopes;
using Posthorn.Events;
using Posthorn.History;
using Posthorn.Profiles;
using Posthorn.Queues;

namespace Posthorn.Recovery;

/// <summary>Sends single deliveries again, and tests of endpoints, on somebody's wish.</summary>
public sealed class Resender(IDeliveryQueue queue, IDeadLetterQueue deadLetters, IDeliveryLog log, HistoryRecorder history, ProfileCatalog profiles, TimeProvider clock)
{
    /// <summary>Puts a test event for one endpoint on the queue, through the whole path; it is tried once.</summary>
    /// <returns>The delivery's id.</returns>
    public async Task<string> TestAsync(Endpoint endpoint, WebhookEvent test, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        var envelope = EnvelopeOf(test, endpoint) with { IsTest = true };
        history.Record(EndpointEnvelope.Record(envelope, clock.GetUtcNow(), DeliveryState.Pending, reason: null));
        await queue.EnqueueAsync([EnvelopeProperties.Write(envelope, default)], cancellationToken);
        return envelope.DeliveryId;
    }

    /// <summary>
    /// Sends a delivery again: its dead letter if it has one, else the event it came from, as it was archived, to where its endpoint is
    /// now. Attempts count afresh, the wire id and the delivery's id stay.
    /// </summary>
    /// <returns>Null when it is on the queue; else, in one line, why it cannot be sent.</returns>
    public async Task<string?> ResendAsync(DeliveryRecord delivery, Endpoint? endpoint, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(delivery);
        if (delivery.EndpointId is not null && endpoint is null) return $"its endpoint {delivery.EndpointId} was deleted";
        var at = clock.GetUtcNow(); // Before it is on the queue: an attempt is recorded later than this.
        if (endpoint is { Status: not EndpointStatus.Active }) return $"its endpoint {endpoint.Id} is not active";
        if (delivery.State != DeliveryState.Delivered && await FindDeadAsync(delivery.DeliveryId, cancellationToken) is { } dead)
            return (await deadLetters.ReplayAsync([dead], new ReplayChanges { Deadline = FreshDeadline(delivery.Profile) }, cancellationToken)).Count == 1 ? Noted(delivery, at) : "somebody else has just put its dead letter back";
        if (delivery.State is DeliveryState.Pending or DeliveryState.Retrying) return "it is on the queue already, and is tried by its schedule";
        if (endpoint is null) return "the payload of a notification is not kept once it is delivered; send it again";
        if (await log.FindEventAsync(delivery.EventId, cancellationToken) is not { Data.Length: > 0 } archived || archived.Tenant != delivery.Tenant || archived.Type != delivery.Type) return $"the event {delivery.EventId} is not kept any more";

        var envelope = EnvelopeOf(ToEvent(archived), endpoint);
        var message = EnvelopeProperties.Write(envelope, default) with { MessageId = MessageIds.Again(envelope.DeliveryId, RandomIds.Make("", 10)) };
        await queue.EnqueueAsync([message], cancellationToken);
        return Noted(delivery, at);
    }

    /// <summary>What an event becomes for an endpoint now.</summary>
    internal Envelope EnvelopeOf(WebhookEvent webhookEvent, Endpoint endpoint)
    {
        var profile = profiles.GetOrStandard(endpoint.Profile);
        return EndpointEnvelope.Of(webhookEvent, endpoint, profile, FreshDeadline(profile.Name));
    }

    /// <summary>The deadline of something that is sent again now; null leaves it its own.</summary>
    internal DateTimeOffset? FreshDeadline(string profileName)
    {
        var now = clock.GetUtcNow();
        return profiles.TryGet(profileName, out var profile) ? profile.Deadline(now, now) : null;
    }

    /// <summary>The event as it was accepted.</summary>
    internal static WebhookEvent ToEvent(ArchivedEvent archived) => new()
    {
        Id = archived.Id,
        Type = archived.Type,
        Tenant = archived.Tenant,
        Subject = archived.Subject,
        Time = archived.Time,
        Profile = archived.Profile,
        IsOperational = archived.IsOperational,
        Data = archived.Data,
    };

    private string? Noted(DeliveryRecord delivery, DateTimeOffset at)
    {
        history.Record(delivery with { State = DeliveryState.Pending, Reason = null, LastAt = at, NextAttemptAt = null, Attempts = [] });
        return null;
    }

    private async Task<long?> FindDeadAsync(string deliveryId, CancellationToken cancellationToken) =>
        (await DeadLetterFinder.NewestAsync(deadLetters, letter => letter.Facts.DeliveryId == deliveryId, cancellationToken))?.Sequence;
}
