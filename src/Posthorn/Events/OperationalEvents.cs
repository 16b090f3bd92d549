using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Logging;
using Posthorn.Endpoints;
using Posthorn.Profiles;
using Posthorn.Queues;

namespace Posthorn.Events;

/// <summary>Publishes events about endpoints and deliveries, to whoever subscribed to them.</summary>
public sealed partial class OperationalEvents(IDeliveryQueue queue, EndpointDirectory directory, TimeProvider clock, ILogger<OperationalEvents> logger)
{
    /// <summary>Puts the event on the queue if an endpoint wants it; what fails is logged, as no delivery may depend on it.</summary>
    public async Task PublishAsync(string type, string? tenant, OperationalData data, CancellationToken cancellationToken)
    {
        if (!directory.Wanting(type, tenant, isOperational: true).Any()) return;
        var now = clock.GetUtcNow();
        var time = TemplateValues.Iso(now);
        var told = new WebhookEvent
        {
            Id = WebhookEvent.NewId(now),
            Type = type,
            Tenant = tenant,
            Time = time,
            IsOperational = true,
            Data = JsonSerializer.SerializeToUtf8Bytes(data with { Type = type, Timestamp = time }, OperationalDataContext.Default.OperationalData),
        };
        try
        {
            await queue.EnqueueAsync([EventProperties.Write(told, EventIntake.FingerprintOf(told))], cancellationToken);
        }
        catch (QueueUnavailableException unavailable)
        {
            LogNotPublished(type, unavailable.Message);
        }
    }

    [LoggerMessage(45, LogLevel.Warning, "The event {Type} could not be published: {Cause}", EventName = "OperationalEventLost")]
    private partial void LogNotPublished(string type, string cause);
}

/// <summary>The data of an event about endpoints and deliveries.</summary>
public sealed record OperationalData
{
    /// <summary>The event's type, for profiles whose body is the data alone.</summary>
    public string? Type { get; init; }

    /// <summary>When it happened, RFC 3339.</summary>
    public string? Timestamp { get; init; }

    /// <summary>The endpoint.</summary>
    public string? EndpointId { get; init; }

    /// <summary>Its URL, without user name and query.</summary>
    public string? Url { get; init; }

    /// <summary>The delivery.</summary>
    public string? DeliveryId { get; init; }

    /// <summary>The event that was to be delivered.</summary>
    public string? EventId { get; init; }

    /// <summary>Its type.</summary>
    public string? EventType { get; init; }

    /// <summary>Why.</summary>
    public string? Reason { get; init; }

    /// <summary>What the last attempt met.</summary>
    public string? Description { get; init; }

    /// <summary>How many attempts were made.</summary>
    public int? Attempts { get; init; }

    /// <summary>Since when every delivery failed.</summary>
    public DateTimeOffset? FailingSince { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(OperationalData))]
internal sealed partial class OperationalDataContext : JsonSerializerContext;
