using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using Posthorn.Envelopes;
using Posthorn.Queues;

namespace Posthorn.DeadLetters;

/// <summary>A dead letter in one row, with the field names that scripts rely on. It holds no secret.</summary>
public record DeadLetterView
{
    /// <summary>Its number in the dead-letter queue: what <c>show</c> takes.</summary>
    public required long Sequence { get; init; }

    /// <summary>The envelope's id.</summary>
    public required string Id { get; init; }

    /// <summary>The event type, when it can be read.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required string? Type { get; init; }

    /// <summary>The profile's name.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required string? Profile { get; init; }

    /// <summary>Whose it is.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required string? Tenant { get; init; }

    /// <summary>What it is about.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required string? Subject { get; init; }

    /// <summary>Why it is dead.</summary>
    public required string Reason { get; init; }

    /// <summary>The HTTP status of the last attempt, when it was answered.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required int? Status { get; init; }

    /// <summary>The kind of error of the last attempt, when it was not answered: a name of <see cref="Sending.SendError"/> or a reason.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required string? Error { get; init; }

    /// <summary>What the last attempt met, in one line.</summary>
    public required string Description { get; init; }

    /// <summary>How many attempts were made since it was enqueued or replayed.</summary>
    public required int Attempts { get; init; }

    /// <summary>Times it came back from the dead-letter queue before.</summary>
    public required int Replays { get; init; }

    /// <summary>The run that put it back last; null when none did.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required string? Run { get; init; }

    /// <summary>The URL it was sent to, without user name and query.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required string? Destination { get; init; }

    /// <summary>The registered endpoint it was for; null when the producer named the URL.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required string? EndpointId { get; init; }

    /// <summary>The delivery's id in the delivery log.</summary>
    public required string DeliveryId { get; init; }

    /// <summary>When it died.</summary>
    public required DateTimeOffset DeadLetteredAt { get; init; }

    /// <summary>The row of a dead letter; of a message that is no envelope, what can be read of it.</summary>
    public static DeadLetterView Of(DeadLetter letter)
    {
        ArgumentNullException.ThrowIfNull(letter);
        var (facts, last) = (DeadLetterFacts.Of(letter.Message), LastAttempt.Of(letter.Progress));
        return new DeadLetterView
        {
            Sequence = letter.Sequence,
            Id = facts.Id,
            Type = facts.Type,
            Profile = facts.Profile,
            Tenant = facts.Tenant,
            Subject = facts.Subject,
            Reason = letter.Reason.Name,
            Status = last.Status,
            Error = last.Error,
            Description = letter.Description,
            Attempts = letter.Progress.AttemptsMade,
            Replays = letter.Progress.Replays,
            Run = letter.Message.Properties.GetValueOrDefault(EnvelopeProperties.ReplayRun),
            Destination = facts.Destination,
            EndpointId = facts.EndpointId,
            DeliveryId = facts.DeliveryId,
            DeadLetteredAt = letter.DeadLetteredAt,
        };
    }
}

/// <summary>A dead letter with everything an operator asks about: every attempt, and what would be sent.</summary>
public sealed record DeadLetterDetail : DeadLetterView
{
    /// <summary>What a worker's API says of one.</summary>
    [JsonConstructor]
    public DeadLetterDetail()
    {
    }

    [SetsRequiredMembers]
    private DeadLetterDetail(DeadLetter letter, IReadOnlyList<KeyValuePair<string, string>> headers, string? unknown)
        : base(DeadLetterView.Of(letter))
    {
        (Headers, HeadersUnknown) = (headers.ToDictionary(), unknown);
        ExpiresAt = DeadLetterFacts.Of(letter.Message).ExpiresAt;
        EnqueuedAt = letter.EnqueuedAt;
        DeliveryCount = letter.DeliveryCount;
        History = letter.Progress.Attempts;
        ContentType = letter.Message.ContentType;
        Payload = DeadLetterScan.PayloadOf(letter.Message);
    }

    /// <summary>When it first came onto the queue.</summary>
    [JsonPropertyOrder(1)]
    public required DateTimeOffset EnqueuedAt { get; init; }

    /// <summary>Times the last copy was leased.</summary>
    [JsonPropertyOrder(1)]
    public required int DeliveryCount { get; init; }

    /// <summary>Every attempt, oldest first.</summary>
    [JsonPropertyOrder(1)]
    public required IReadOnlyList<AttemptRecord> History { get; init; }

    /// <summary>Not sent after; null when only its profile limits it.</summary>
    [JsonPropertyOrder(1)]
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>The headers it would be sent with; what proves whom it comes from is <c>***</c>.</summary>
    [JsonPropertyOrder(1)]
    public required IReadOnlyDictionary<string, string> Headers { get; init; }

    /// <summary>Why they cannot be told; null when they can.</summary>
    [JsonPropertyOrder(1)]
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required string? HeadersUnknown { get; init; }

    /// <summary>The media type of the payload.</summary>
    [JsonPropertyOrder(1)]
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required string? ContentType { get; init; }

    /// <summary>The payload: JSON as it is, other bytes as base64.</summary>
    [JsonConverter(typeof(RawJsonConverter))]
    [JsonPropertyOrder(1)]
    public required ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>All that is known of a dead letter but the headers it would be sent with.</summary>
    public static new DeadLetterDetail Of(DeadLetter letter)
    {
        ArgumentNullException.ThrowIfNull(letter);
        return new DeadLetterDetail(letter, [], null);
    }

    /// <summary>All that is known of a dead letter.</summary>
    /// <param name="letter">The dead letter.</param>
    /// <param name="preview">Tells the headers it would be sent with.</param>
    /// <param name="cancellationToken">Stops the telling.</param>
    public static async ValueTask<DeadLetterDetail> OfAsync(DeadLetter letter, RequestPreview preview, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(letter);
        ArgumentNullException.ThrowIfNull(preview);
        var (headers, unknown) = await preview.OfAsync(letter, cancellationToken);
        return new DeadLetterDetail(letter, headers, unknown);
    }
}

/// <summary>Writes dead letters for scripts.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(DeadLetterView))]
[JsonSerializable(typeof(DeadLetterDetail))]
public sealed partial class DeadLetterJson : JsonSerializerContext;
