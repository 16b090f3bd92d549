using System.Security.Cryptography;
using System.Text;
using Posthorn.Endpoints;
using Posthorn.Envelopes;
using Posthorn.History;
using Posthorn.Profiles;

namespace Posthorn.Events;

/// <summary>What an event becomes for one endpoint.</summary>
public static class EndpointEnvelope
{
    private const int MaxEntityInKey = 200;

    /// <summary>The envelope. Its destination is only a name: URL, secrets and headers are looked up at each attempt.</summary>
    public static Envelope Of(WebhookEvent webhookEvent, Endpoint endpoint, Profile profile, DateTimeOffset? deadline)
    {
        ArgumentNullException.ThrowIfNull(webhookEvent);
        ArgumentNullException.ThrowIfNull(endpoint);
        ArgumentNullException.ThrowIfNull(profile);
        return new Envelope
        {
            Id = webhookEvent.Id,
            Type = webhookEvent.Type,
            Profile = profile,
            Tenant = webhookEvent.Tenant,
            Subject = webhookEvent.Subject,
            Time = webhookEvent.Time,
            ExpiresAt = deadline,
            Destination = new Destination { Url = new Uri(endpoint.DisplayUrl), Endpoint = endpoint.Id },
            ContentType = "application/json",
            Body = profile.Body.Compose(webhookEvent.Id, webhookEvent.Type, webhookEvent.Time, webhookEvent.Data),
        };
    }

    /// <summary>The first record of a delivery, before any attempt.</summary>
    public static DeliveryRecord Record(Envelope envelope, DateTimeOffset at, DeliveryState state, string? reason)
    {
        ArgumentNullException.ThrowIfNull(envelope);
        return new DeliveryRecord
        {
            DeliveryId = envelope.DeliveryId,
            EventId = envelope.Id,
            EndpointId = envelope.Destination.Endpoint,
            Destination = envelope.Destination.Display,
            Tenant = envelope.Tenant,
            Profile = envelope.Profile.Name,
            Type = envelope.Type,
            Subject = envelope.Subject,
            State = state,
            Reason = reason,
            FirstAt = at,
            LastAt = at,
            Attempts = [],
        };
    }

    /// <summary>The name of a throttled stream; an entity of any length makes one of at most 500 characters.</summary>
    public static string StreamKey(string endpointId, string type, string entity)
    {
        ArgumentNullException.ThrowIfNull(entity);
        var id = entity.Length <= MaxEntityInKey ? entity : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(entity)));
        return $"{endpointId}|{type}|{id}";
    }
}
