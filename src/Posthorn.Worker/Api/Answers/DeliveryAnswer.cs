using System.Text.Json.Serialization;
using Posthorn.Envelopes;
using Posthorn.History;
using Posthorn.Queues;

namespace Posthorn.Worker.Api.Answers;

/// <summary>One delivery of the log, with its attempts.</summary>
public sealed record DeliveryAnswer
{
    /// <inheritdoc cref="DeliveryRecord.DeliveryId"/>
    public required string Id { get; init; }

    /// <inheritdoc cref="DeliveryRecord.EventId"/>
    public required string EventId { get; init; }

    /// <summary>The endpoint; absent when the producer named the destination itself.</summary>
    public string? WebhookId { get; init; }

    /// <inheritdoc cref="DeliveryRecord.Destination"/>
    public required string Destination { get; init; }

    /// <inheritdoc cref="DeliveryRecord.Type"/>
    public required string Type { get; init; }

    /// <inheritdoc cref="DeliveryRecord.Tenant"/>
    public string? Tenant { get; init; }

    /// <inheritdoc cref="DeliveryRecord.Subject"/>
    public string? Subject { get; init; }

    /// <inheritdoc cref="DeliveryRecord.Profile"/>
    public required string Profile { get; init; }

    /// <summary><c>pending</c>, <c>retrying</c>, <c>delivered</c>, <c>dead_lettered</c> or <c>dropped</c>.</summary>
    public required string Status { get; init; }

    /// <inheritdoc cref="DeliveryRecord.Reason"/>
    public string? Reason { get; init; }

    /// <summary>The newest attempt's HTTP status; null without an answer.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required int? StatusCode { get; init; }

    /// <summary>How long the newest attempt took, in milliseconds; null before the first.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required long? ResponseTimeMs { get; init; }

    /// <summary>The newest attempt's error; absent when there was an answer.</summary>
    public string? Error { get; init; }

    /// <summary>The first record's time.</summary>
    public required string CreatedAt { get; init; }

    /// <summary>The newest record's time.</summary>
    public required string UpdatedAt { get; init; }

    /// <inheritdoc cref="DeliveryRecord.NextAttemptAt"/>
    public string? NextAttemptAt { get; init; }

    /// <summary>The attempts, oldest first.</summary>
    public required IReadOnlyList<AttemptAnswer> Attempts { get; init; }

    internal static DeliveryAnswer Of(DeliveryRecord delivery)
    {
        var newest = delivery.Attempts.Count > 0 ? delivery.Attempts[^1] : null;
        return new DeliveryAnswer
        {
            Id = delivery.DeliveryId,
            EventId = delivery.EventId,
            WebhookId = delivery.EndpointId,
            Destination = delivery.Destination,
            Type = delivery.Type,
            Tenant = delivery.Tenant,
            Subject = delivery.Subject,
            Profile = delivery.Profile,
            Status = Names.Of(delivery.State),
            Reason = delivery.Reason,
            StatusCode = newest?.Status,
            ResponseTimeMs = newest?.DurationMs,
            Error = newest?.Error,
            CreatedAt = Rfc3339.Format(delivery.FirstAt),
            UpdatedAt = Rfc3339.Format(delivery.LastAt),
            NextAttemptAt = delivery.NextAttemptAt is { } next ? Rfc3339.Format(next) : null,
            Attempts = [.. delivery.Attempts.Select(AttemptAnswer.Of)],
        };
    }
}

/// <summary>One attempt.</summary>
/// <param name="Attempt">Its number, from 1.</param>
/// <param name="Timestamp">When it began.</param>
/// <param name="StatusCode">The receiver's HTTP status; null without an answer.</param>
/// <param name="ResponseTimeMs">How long it took, in milliseconds.</param>
/// <param name="Error">Why there was no answer.</param>
/// <param name="Detail">The error's cause, or a short extract of the answer.</param>
public sealed record AttemptAnswer(
    int Attempt, string Timestamp, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] int? StatusCode, long ResponseTimeMs, string? Error, string? Detail)
{
    internal static AttemptAnswer Of(AttemptRecord attempt) =>
        new(attempt.Number, Rfc3339.Format(attempt.At), attempt.Status, attempt.DurationMs, attempt.Error, attempt.Detail);
}

/// <summary>A page of deliveries, the newest first.</summary>
/// <param name="Deliveries">The deliveries.</param>
/// <param name="NextCursor">What <c>cursor</c> is for the next page; absent on the last.</param>
public sealed record DeliveriesAnswer(IReadOnlyList<DeliveryAnswer> Deliveries, string? NextCursor);

/// <summary>An event and what became of it.</summary>
public sealed record EventAnswer
{
    /// <summary>The event's id.</summary>
    public required string Id { get; init; }

    /// <summary>Its type.</summary>
    public required string Type { get; init; }

    /// <summary>Whose it is.</summary>
    public string? Tenant { get; init; }

    /// <summary>What it is about.</summary>
    public string? Subject { get; init; }

    /// <summary>When it happened.</summary>
    public required string Time { get; init; }

    /// <summary>When it was accepted.</summary>
    public required string AcceptedAt { get; init; }

    /// <summary>How many active endpoints wanted it.</summary>
    public required int Matched { get; init; }

    /// <summary>The data; null when it is not kept.</summary>
    [JsonConverter(typeof(RawJsonConverter))]
    public ReadOnlyMemory<byte>? Data { get; init; }

    /// <summary>Its newest deliveries.</summary>
    public required IReadOnlyList<DeliveryAnswer> Deliveries { get; init; }

    internal static EventAnswer Of(ArchivedEvent found, IEnumerable<DeliveryRecord> deliveries) => new()
    {
        Id = found.Id,
        Type = found.Type,
        Tenant = found.Tenant,
        Subject = found.Subject,
        Time = found.Time,
        AcceptedAt = Rfc3339.Format(found.AcceptedAt),
        Matched = found.Matched,
        Data = found.Data.IsEmpty ? (ReadOnlyMemory<byte>?)null : found.Data,
        Deliveries = [.. deliveries.Select(DeliveryAnswer.Of)],
    };
}

/// <summary>The answer to what would be accepted.</summary>
/// <param name="Valid">Always true; what is not valid is a problem.</param>
public sealed record ValidAnswer(bool Valid);
