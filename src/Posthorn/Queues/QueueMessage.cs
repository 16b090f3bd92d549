namespace Posthorn.Queues;

/// <summary>
/// What lies on a queue: the exact bytes to POST, and everything else about the envelope as string properties, so that any
/// producer can write one with its broker's own SDK.
/// </summary>
public sealed record QueueMessage
{
    private static readonly IReadOnlyDictionary<string, string> NoProperties = new Dictionary<string, string>(0);

    /// <summary>1–128 characters; the key of duplicate detection. A producer's is the envelope's id; see <see cref="MessageIds"/>.</summary>
    public required string MessageId { get; init; }

    /// <summary>The bytes to POST, or a plain JSON envelope when <see cref="Properties"/> says nothing of a destination.</summary>
    public required ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>The media type of <see cref="Body"/>.</summary>
    public string? ContentType { get; init; }

    /// <summary>The envelope without its body; the names are those of <see cref="Envelopes.EnvelopeProperties"/>.</summary>
    public IReadOnlyDictionary<string, string> Properties { get; init; } = NoProperties;

    /// <summary>Not delivered before this time; null is now.</summary>
    public DateTimeOffset? DueAt { get; init; }

    /// <summary>When the queue itself gives the message up, with <see cref="DeadLetterReason.TtlExpired"/>; null is never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Messages of one key belong to one ordered stream; null is none.</summary>
    public string? OrderingKey { get; init; }

    /// <summary>
    /// A digest of what the producer said. A queue that can, refuses the same message id with another fingerprint inside the
    /// duplicate-detection window; empty is 'do not compare'.
    /// </summary>
    public ReadOnlyMemory<byte> Fingerprint { get; init; }
}
