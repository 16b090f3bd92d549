using Posthorn.Envelopes;
using Posthorn.Events;
using Posthorn.Profiles;
using Posthorn.Queues;

namespace Posthorn.DeadLetters;

/// <summary>What the envelope of a dead letter says of itself, as far as it can be read. It holds no secret.</summary>
public sealed record DeadLetterFacts
{
    /// <summary>The envelope's id; of a message that is no envelope, the message's.</summary>
    public required string Id { get; init; }

    /// <summary>The event type.</summary>
    public string? Type { get; init; }

    /// <summary>The profile's name.</summary>
    public string? Profile { get; init; }

    /// <summary>Whose it is.</summary>
    public string? Tenant { get; init; }

    /// <summary>What it is about.</summary>
    public string? Subject { get; init; }

    /// <summary>The URL it was sent to, without user name and query.</summary>
    public string? Destination { get; init; }

    /// <summary>The registered endpoint it was for; null when the producer named the URL.</summary>
    public string? EndpointId { get; init; }

    /// <summary>Not sent after.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Whether it is an event that has not reached its endpoints yet.</summary>
    public bool IsEvent { get; init; }

    /// <summary>The delivery's id in the delivery log.</summary>
    public string DeliveryId => EndpointId is { } endpoint ? Envelope.DeliveryIdOf(Id, endpoint) : Id;

    /// <summary>The facts of a message in any form; of one that is no envelope, what can be read of it.</summary>
    public static DeadLetterFacts Of(QueueMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        var fields = Fields(message);
        var url = fields?.Destination.Elsewhere?.Url ?? fields?.Destination.Url;
        return new DeadLetterFacts
        {
            Id = fields?.Id ?? message.MessageId,
            Type = fields?.Type,
            Profile = fields is null ? null : fields.Profile ?? BuiltInProfiles.DefaultName,
            Tenant = fields?.Tenant,
            Subject = fields?.Subject,
            Destination = Uri.TryCreate(url, UriKind.Absolute, out var there) ? Envelopes.Destination.DisplayOf(there) : null,
            EndpointId = fields?.Destination.Endpoint,
            ExpiresAt = Rfc3339.TryParse(fields?.ExpiresAt ?? "", out var deadline) ? deadline : null,
            IsEvent = EventProperties.Describes(message),
        };
    }

    /// <summary>The fields of a message in any form, unjudged; null when it has none.</summary>
    internal static EnvelopeV1? Fields(QueueMessage message)
    {
        var ignored = new List<EnvelopeError>();
        if (EventProperties.Describes(message)) return EventFields(message);
        var fields = EnvelopeProperties.Describes(message) ? EnvelopeProperties.Read(message, ignored) : EnvelopeV1Reader.Read(message.Body, ignored);
        return fields is null ? null : EnvelopeProperties.WithReplay(fields, message);
    }

    /// <summary>Of an event that died before it reached its endpoints: what its properties say, never what its producer's data says.</summary>
    private static EnvelopeV1 EventFields(QueueMessage message) => new()
    {
        Id = message.Properties.GetValueOrDefault(EnvelopeProperties.Id),
        Type = message.Properties.GetValueOrDefault(EnvelopeProperties.Type),
        Tenant = message.Properties.GetValueOrDefault(EnvelopeProperties.Tenant),
        Subject = message.Properties.GetValueOrDefault(EnvelopeProperties.Subject),
        Profile = message.Properties.GetValueOrDefault(EnvelopeProperties.Profile),
        Data = message.Body,
    };
}
