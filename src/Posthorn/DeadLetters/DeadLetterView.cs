using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using Posthorn.Envelopes;
using Posthorn.Events;
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

    /// <summary>What the last attempt met, in one line.</summary>
    public required string Description { get; init; }

    /// <summary>How many attempts were made since it was enqueued or replayed.</summary>
    public required int Attempts { get; init; }

    /// <summary>The URL without user name and query.</summary>
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
        var fields = Fields(letter.Message);
        return new DeadLetterView
        {
            Sequence = letter.Sequence,
            Id = fields?.Id ?? letter.Message.MessageId,
            Type = fields?.Type,
            Profile = fields is null ? null : fields.Profile ?? Profiles.BuiltInProfiles.DefaultName,
            Tenant = fields?.Tenant,
            Subject = fields?.Subject,
            Reason = letter.Reason.Name,
            Description = letter.Description,
            Attempts = letter.Progress.AttemptsMade,
            Destination = Uri.TryCreate(fields?.Destination.Url, UriKind.Absolute, out var url) ? Envelopes.Destination.DisplayOf(url) : null,
            EndpointId = fields?.Destination.Endpoint,
            DeliveryId = fields?.Destination.Endpoint is { } endpoint ? Envelope.DeliveryIdOf(fields.Id ?? letter.Message.MessageId, endpoint) : fields?.Id ?? letter.Message.MessageId,
            DeadLetteredAt = letter.DeadLetteredAt,
        };
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

    /// <summary>The fields of a message in either form, unjudged; null when it has none.</summary>
    protected static EnvelopeV1? Fields(QueueMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        var ignored = new List<EnvelopeError>();
        if (EventProperties.Describes(message)) return EventFields(message);
        return EnvelopeProperties.Describes(message) ? EnvelopeProperties.Read(message, ignored) : EnvelopeV1Reader.Read(message.Body, ignored);
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
    private DeadLetterDetail(DeadLetter letter)
        : base(DeadLetterView.Of(letter))
    {
        EnqueuedAt = letter.EnqueuedAt;
        DeliveryCount = letter.DeliveryCount;
        Replays = letter.Progress.Replays;
        History = letter.Progress.Attempts;
        ContentType = letter.Message.ContentType;
        // A plain envelope may hold its secret in clear: only its data is shown.
        Payload = EnvelopeProperties.Describes(letter.Message) ? letter.Message.Body : Fields(letter.Message)?.Data ?? default;
    }

    /// <summary>When it first came onto the queue.</summary>
    [JsonPropertyOrder(1)]
    public required DateTimeOffset EnqueuedAt { get; init; }

    /// <summary>Times the last copy was leased.</summary>
    [JsonPropertyOrder(1)]
    public required int DeliveryCount { get; init; }

    /// <summary>Times it came back from the dead-letter queue before.</summary>
    [JsonPropertyOrder(1)]
    public required int Replays { get; init; }

    /// <summary>Every attempt, oldest first.</summary>
    [JsonPropertyOrder(1)]
    public required IReadOnlyList<AttemptRecord> History { get; init; }

    /// <summary>The media type of the payload.</summary>
    [JsonPropertyOrder(1)]
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required string? ContentType { get; init; }

    /// <summary>The payload: JSON as it is, other bytes as base64.</summary>
    [JsonConverter(typeof(RawJsonConverter))]
    [JsonPropertyOrder(1)]
    public required ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>All that is known of a dead letter.</summary>
    public static new DeadLetterDetail Of(DeadLetter letter)
    {
        ArgumentNullException.ThrowIfNull(letter);
        return new DeadLetterDetail(letter);
    }
}

/// <summary>Writes dead letters for scripts.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(DeadLetterView))]
[JsonSerializable(typeof(DeadLetterDetail))]
public sealed partial class DeadLetterJson : JsonSerializerContext;
