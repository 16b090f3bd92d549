namespace Posthorn.ServiceBus.Wire;

/// <summary>
/// The application properties in which the worker's own state travels with a message; a producer writes none of them. The envelope's
/// are those of <see cref="Envelopes.EnvelopeProperties"/>, but for its type, which is the Subject, and its subject, which is the CorrelationId.
/// </summary>
internal static class WireProperties
{
    /// <summary>The message's id without what a copy adds to it; AMQP string.</summary>
    public const string MessageId = "posthorn_message_id";

    /// <summary>When the first copy came onto the queue, in Unix milliseconds; AMQP long.</summary>
    public const string EnqueuedAt = "posthorn_enqueued_at";

    /// <summary>Attempts spent; AMQP int.</summary>
    public const string AttemptsMade = "posthorn_attempts_made";

    /// <summary>Times put back without an attempt; AMQP int.</summary>
    public const string Postponements = "posthorn_postponements";

    /// <summary>Times it came back from the dead-letter queue; AMQP int.</summary>
    public const string Replays = "posthorn_replays";

    /// <summary>The attempts as JSON; AMQP string.</summary>
    public const string Attempts = "posthorn_attempts";

    /// <summary>The content type, where the ContentType cannot be it: one that is not ASCII; AMQP string.</summary>
    public const string ContentType = "posthorn_content_type";

    /// <summary>The ordering key, where the SessionId cannot be it: a longer one, or none on a queue that requires sessions; AMQP string.</summary>
    public const string OrderingKey = "posthorn_ordering_key";

    /// <summary>Why it is dead, where the broker does not know: of what was imported; AMQP string.</summary>
    public const string DeadReason = "posthorn_dead_reason";

    /// <summary>The description beside <see cref="DeadReason"/>; AMQP string.</summary>
    public const string DeadDescription = "posthorn_dead_description";

    /// <summary>When it died, in Unix milliseconds, as the broker does not note it; AMQP long.</summary>
    public const string DeadAt = "posthorn_dead_at";

    /// <summary>Times its last copy was leased, as receives from the dead-letter queue count too; AMQP int.</summary>
    public const string DeadDeliveryCount = "posthorn_dead_delivery_count";

    /// <summary>Whether it holds its ordering key until it is replayed or purged; AMQP boolean.</summary>
    public const string DeadHolds = "posthorn_dead_holds";

    /// <summary>A message to whoever holds the session, not to a receiver of webhooks: "look", or "release" and a message id; AMQP string.</summary>
    public const string Note = "posthorn_note";

    /// <summary>The beginning of all of them.</summary>
    public const string Prefix = "posthorn_";

    /// <summary>What the broker itself adds to a dead letter.</summary>
    public static bool IsBrokers(string name) => name is "DeadLetterReason" or "DeadLetterErrorDescription";
}
