using System.Data;
using Posthorn.History;
using Posthorn.Queues;

namespace Posthorn.Sql.History;

/// <summary>A row of <c>deliveries</c>.</summary>
internal sealed record DeliveryRow
{
    /// <summary>Attempts are appended until so many characters of them are stored.</summary>
    private const int MaxAttemptsLength = 256 * 1024;

    public static readonly RowInsert Insert = new(
        "deliveries",
        [
            new("position", DbType.Int64), new("delivery_id", DbType.String), new("event_id", DbType.String), new("endpoint_id", DbType.String),
            new("destination", DbType.String), new("tenant", DbType.String), new("profile", DbType.String), new("type", DbType.String),
            new("subject", DbType.String),
            new("state", DbType.String), new("reason", DbType.String), new("first_at", DbType.Int64), new("last_at", DbType.Int64),
            new("next_attempt_at", DbType.Int64), new("status", DbType.Int64), new("attempts", DbType.String),
        ],
        $"""
        ON CONFLICT (delivery_id) DO UPDATE SET
            attempts = CASE WHEN length(deliveries.attempts) < {MaxAttemptsLength} THEN deliveries.attempts || excluded.attempts ELSE deliveries.attempts END,
            state = CASE WHEN excluded.last_at >= deliveries.last_at THEN excluded.state ELSE deliveries.state END,
            reason = CASE WHEN excluded.last_at >= deliveries.last_at THEN excluded.reason ELSE deliveries.reason END,
            next_attempt_at = CASE WHEN excluded.last_at >= deliveries.last_at THEN excluded.next_attempt_at ELSE deliveries.next_attempt_at END,
            status = CASE WHEN excluded.last_at >= deliveries.last_at THEN excluded.status ELSE deliveries.status END,
            last_at = CASE WHEN excluded.last_at >= deliveries.last_at THEN excluded.last_at ELSE deliveries.last_at END
        WHERE deliveries.tenant IS NOT DISTINCT FROM excluded.tenant
        """);

    public long Position { get; init; }

    public required string DeliveryId { get; init; }

    /// <summary>Null when it is what stands before the delivery's first dot, as it nearly always is: one index less to write.</summary>
    public string? EventId { get; init; }

    public string? EndpointId { get; init; }

    public required string Destination { get; init; }

    public string? Tenant { get; init; }

    public required string Profile { get; init; }

    public required string Type { get; init; }

    public string? Subject { get; init; }

    public required string State { get; init; }

    public string? Reason { get; init; }

    public required long FirstAt { get; init; }

    public required long LastAt { get; init; }

    public long? NextAttemptAt { get; init; }

    public long? Status { get; init; }

    public required string Attempts { get; init; }

    /// <summary>One row a delivery, in the order of their first records: a statement may touch a row only once.</summary>
    public static IReadOnlyList<DeliveryRow> Merge(IReadOnlyList<DeliveryRecord> records)
    {
        var rows = new OrderedDictionary<string, DeliveryRow>(records.Count, StringComparer.Ordinal);
        foreach (var record in records)
        {
            var row = Of(record);
            if (!rows.TryAdd(row.DeliveryId, row, out var place)) rows.SetAt(place, rows.GetAt(place).Value.Followed(row));
        }

        return [.. rows.Values];
    }

    public object?[] Values(long position) =>
        [position, DeliveryId, EventId, EndpointId, Destination, Tenant, Profile, Type, Subject, State, Reason, FirstAt, LastAt, NextAttemptAt, Status, Attempts];

    public DeliveryRecord ToRecord() => new()
    {
        Position = Position,
        DeliveryId = DeliveryId,
        EventId = EventId ?? EventOf(DeliveryId),
        EndpointId = EndpointId,
        Destination = Destination,
        Tenant = Tenant,
        Profile = Profile,
        Type = Type,
        Subject = Subject,
        State = SqlName<DeliveryState>.Read(State),
        Reason = Reason,
        FirstAt = SqlTime.Read(FirstAt),
        LastAt = SqlTime.Read(LastAt),
        NextAttemptAt = SqlTime.Read(NextAttemptAt),
        Status = (int?)Status,
        Attempts = AttemptLines.Read(Attempts),
    };

    private static DeliveryRow Of(DeliveryRecord record)
    {
        var (deliveryId, eventId) = (SqlText.Id(record.DeliveryId), SqlText.Id(record.EventId));
        return new DeliveryRow
        {
            DeliveryId = deliveryId,
            EventId = eventId == EventOf(deliveryId) ? null : eventId,
            EndpointId = record.EndpointId is { } endpoint ? SqlText.Id(endpoint) : null,
            Destination = record.Destination,
            Tenant = record.Tenant,
            Profile = record.Profile,
            Type = record.Type,
            Subject = record.Subject,
            State = SqlName<DeliveryState>.Of(record.State),
            Reason = record.Reason,
            FirstAt = SqlTime.Of(record.FirstAt),
            LastAt = SqlTime.Of(record.LastAt),
            NextAttemptAt = SqlTime.Of(record.NextAttemptAt),
            Status = record.Status,
            Attempts = AttemptLines.Of(record.Attempts),
        };
    }

    private static string EventOf(string deliveryId) => deliveryId.Split('.', 2)[0];

    /// <summary>What the statement's ON CONFLICT does, within a batch.</summary>
    private DeliveryRow Followed(DeliveryRow next)
    {
        var attempts = Attempts.Length < MaxAttemptsLength ? Attempts + next.Attempts : Attempts;
        var newest = next.LastAt < LastAt ? this : next;
        return this with
        {
            Attempts = attempts,
            State = newest.State,
            Reason = newest.Reason,
            LastAt = newest.LastAt,
            NextAttemptAt = newest.NextAttemptAt,
            Status = newest.Status,
        };
    }
}

/// <summary>Attempts as text that grows by appending: JSON arrays, one a line.</summary>
internal static class AttemptLines
{
    public static string Of(IReadOnlyList<AttemptRecord> attempts) =>
        attempts.Count == 0 ? "" : new DeliveryProgress { Attempts = attempts.Any(IsLong) ? [.. attempts.Select(Bounded)] : attempts }.AttemptsToJson() + "\n";

    /// <summary>The attempts, each once however often it was recorded, the oldest first.</summary>
    public static IReadOnlyList<AttemptRecord> Read(string lines) =>
        [.. lines.Split('\n').SelectMany(DeliveryProgress.AttemptsFromJson).DistinctBy(attempt => (attempt.Number, attempt.At)).OrderBy(attempt => attempt.At)];

    private static bool IsLong(AttemptRecord attempt) => attempt.Detail?.Length > DeadLetterReason.MaxDescriptionLength;

    private static AttemptRecord Bounded(AttemptRecord attempt) => IsLong(attempt) ? attempt with { Detail = DeadLetterReason.Bounded(attempt.Detail ?? "") } : attempt;
}
