using System.Text.Json.Serialization;
using Posthorn.Envelopes;
using Posthorn.Queues;

namespace Posthorn.DeadLetters.Exporting;

/// <summary>
/// One line of an export, with the field names that scripts rely on. What a person reads is in <see cref="Envelope"/>; what an import
/// needs besides, to the byte, is in <see cref="Message"/>. Neither holds a secret in clear.
/// </summary>
internal sealed record ExportedLetter
{
    public long Sequence { get; init; }

    public string? Id { get; init; }

    public required string Reason { get; init; }

    public required string Description { get; init; }

    public int? Status { get; init; }

    public string? Error { get; init; }

    public required DateTimeOffset EnqueuedAt { get; init; }

    public required DateTimeOffset DeadLetteredAt { get; init; }

    public int DeliveryCount { get; init; }

    public int AttemptsMade { get; init; }

    public int Postponements { get; init; }

    public int Replays { get; init; }

    public required IReadOnlyList<AttemptRecord> Attempts { get; init; }

    public EnvelopeV1? Envelope { get; init; }

    public required ExportedMessage Message { get; init; }
}

/// <summary>What of a message is not in its envelope's data.</summary>
internal sealed record ExportedMessage
{
    public required string MessageId { get; init; }

    public string? ContentType { get; init; }

    public string? OrderingKey { get; init; }

    public required IReadOnlyDictionary<string, string> Properties { get; init; }

    /// <summary>Properties that may hold a secret, each sealed.</summary>
    public IReadOnlyDictionary<string, string>? SealedProperties { get; init; }

    /// <summary>The body, when it is not the envelope's data as it stands in the line.</summary>
    public string? BodyBase64 { get; init; }

    /// <summary>A body that may hold a secret, in base64, sealed.</summary>
    public string? SealedBody { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, RespectNullableAnnotations = true, MaxDepth = 100)]
[JsonSerializable(typeof(ExportedLetter))]
internal sealed partial class ExportJson : JsonSerializerContext;
