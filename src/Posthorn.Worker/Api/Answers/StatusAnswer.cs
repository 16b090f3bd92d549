using System.Text.Json;
using System.Text.Json.Serialization;
using Posthorn.Envelopes;
using Posthorn.Events;
using Posthorn.History;

namespace Posthorn.Worker.Api.Answers;

/// <summary>What one event says of a task, in the words of the status API.</summary>
public sealed record StatusAnswer
{
    private static readonly string[] StatusFields = ["status", "stage.status", "pipeline.status"];
    private static readonly string[] ProgressFields = ["progress", "progress_percent", "progress.percentage"];
    private static readonly string[] MessageFields = ["message", "step", "stage.error_message"];
    private static readonly string[] ResultFields = ["result", "data", "files", "pipeline"];
    private static readonly string[] ErrorFields = ["error", "error_message", "stage.error_message"];

    /// <summary>The task, or whatever the profile follows.</summary>
    public required string TaskId { get; init; }

    /// <summary>The task's own status, or the event's last word.</summary>
    public required string Status { get; init; }

    /// <summary>How far it is, in the producer's own scale.</summary>
    public JsonElement? Progress { get; init; }

    /// <summary>The producer's words.</summary>
    public string? Message { get; init; }

    /// <summary>When it happened.</summary>
    public required string Timestamp { get; init; }

    /// <summary>The event's type.</summary>
    public required string EventType { get; init; }

    /// <summary>The event's id.</summary>
    public required string EventId { get; init; }

    /// <summary>The payload's metadata.</summary>
    public JsonElement? Metadata { get; init; }

    /// <summary>The payload's result.</summary>
    public JsonElement? Result { get; init; }

    /// <summary>The payload's error.</summary>
    public JsonElement? Error { get; init; }

    internal static StatusAnswer Of(StatusEntry entry)
    {
        using var document = JsonDocument.Parse(entry.Data.IsEmpty ? "{}"u8.ToArray() : entry.Data);
        var data = document.RootElement;
        return new StatusAnswer
        {
            TaskId = entry.Entity,
            Status = TextOf(data, StatusFields) ?? entry.Type[(entry.Type.LastIndexOfAny(['.', '_']) + 1)..],
            Progress = Of(data, ProgressFields),
            Message = TextOf(data, MessageFields),
            Timestamp = Rfc3339.Format(entry.Time),
            EventType = entry.Type,
            EventId = entry.EventId,
            Metadata = Of(data, ["metadata"]),
            Result = Of(data, ResultFields),
            Error = Of(data, ErrorFields),
        };
    }

    private static string? TextOf(JsonElement data, IEnumerable<string> paths) => Of(data, paths) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    private static JsonElement? Of(JsonElement data, IEnumerable<string> paths) =>
        paths.Select(path => EventData.Find(data, path)).FirstOrDefault(value => value is { ValueKind: not (JsonValueKind.Null or JsonValueKind.Undefined) })?.Clone();
}

/// <summary>A task's history.</summary>
/// <param name="TaskId">The task.</param>
/// <param name="History">What happened, oldest first.</param>
public sealed record StatusHistoryAnswer(string TaskId, IReadOnlyList<StatusAnswer> History);

/// <summary>What happened lately to all tasks.</summary>
/// <param name="Hours">How far it goes back.</param>
/// <param name="Events">What happened, newest first.</param>
public sealed record RecentStatusAnswer(double Hours, [property: JsonPropertyOrder(1)] IReadOnlyList<StatusAnswer> Events);
