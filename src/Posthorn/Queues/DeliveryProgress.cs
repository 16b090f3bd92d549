using System.Text.Json;
using System.Text.Json.Serialization;

namespace Posthorn.Queues;

/// <summary>What travels with a message from attempt to attempt.</summary>
public sealed record DeliveryProgress
{
    /// <summary>How many attempt records travel along; of a longer history the first and the newest are kept.</summary>
    public const int MaxRecords = 24;

    private const int Absurd = 1_000_000;

    /// <summary>Nothing tried yet.</summary>
    public static DeliveryProgress None { get; } = new();

    /// <summary>Attempts spent since the message was enqueued or last replayed.</summary>
    public int AttemptsMade { get; init; }

    /// <summary>Times the message was put back without spending an attempt.</summary>
    public int Postponements { get; init; }

    /// <summary>Times the message came back from the dead-letter queue.</summary>
    public int Replays { get; init; }

    /// <summary>The attempts, oldest first, those before a replay included.</summary>
    public IReadOnlyList<AttemptRecord> Attempts { get; init; } = [];

    /// <summary>The number of the next attempt, from 1.</summary>
    public int NextAttempt => Math.Clamp(AttemptsMade, 0, Absurd) + 1;

    /// <summary>The progress after one more attempt; what was met by others only is kept, and not counted.</summary>
    public DeliveryProgress After(AttemptRecord attempt)
    {
        ArgumentNullException.ThrowIfNull(attempt);
        return this with { AttemptsMade = attempt.IsOfOthers ? AttemptsMade : NextAttempt, Attempts = Keep([.. Attempts, attempt]) };
    }

    /// <summary>The attempts as JSON, the form in which they travel.</summary>
    public string AttemptsToJson() => JsonSerializer.Serialize(Attempts, AttemptRecordContext.Default.IReadOnlyListAttemptRecord);

    /// <summary>Reads what <see cref="AttemptsToJson"/> wrote; what cannot be read is an empty history, never an error.</summary>
    public static IReadOnlyList<AttemptRecord> AttemptsFromJson(string? json)
    {
        if (string.IsNullOrEmpty(json)) return [];
        try
        {
            var attempts = JsonSerializer.Deserialize(json, AttemptRecordContext.Default.IReadOnlyListAttemptRecord) ?? [];
            return [.. attempts.OfType<AttemptRecord>()];
        }
        catch (JsonException)
        {
            return [];
        }
    }

    private static IReadOnlyList<AttemptRecord> Keep(IReadOnlyList<AttemptRecord> attempts) =>
        attempts.Count <= MaxRecords ? attempts : [attempts[0], .. attempts.Skip(attempts.Count - MaxRecords + 1)];
}

/// <summary>One attempt as it travels with the message and is shown to the operator.</summary>
public sealed record AttemptRecord
{
    /// <summary>
    /// The attempt's number, from 1. 0 is no attempt of this message: it is what others met at its destination while it waited there for
    /// its turn until its deadline passed.
    /// </summary>
    public required int Number { get; init; }

    /// <summary>Whether it is what others met.</summary>
    [JsonIgnore]
    public bool IsOfOthers => Number == 0;

    /// <summary>When it began.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>How long it took, in milliseconds.</summary>
    public required long DurationMs { get; init; }

    /// <summary>The HTTP status, when the receiver answered.</summary>
    public int? Status { get; init; }

    /// <summary>Why not, when it did not: a name of <see cref="Sending.SendError"/>, or the dead-letter reason of what was refused.</summary>
    public string? Error { get; init; }

    /// <summary>One line: the error's cause, or a short printable extract of the answer.</summary>
    public string? Detail { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(IReadOnlyList<AttemptRecord>))]
internal sealed partial class AttemptRecordContext : JsonSerializerContext;
