using Posthorn.Events;
using Posthorn.Queues;

namespace Posthorn.Envelopes;

/// <summary>What became of a producer's envelope or event.</summary>
public sealed record IntakeResult
{
    /// <summary>Its id.</summary>
    public string Id { get; init; } = "";

    /// <summary>For the queue; null when it is refused.</summary>
    public QueueMessage? Message { get; init; }

    /// <summary>The event; null of an envelope, and when it is refused.</summary>
    public WebhookEvent? Event { get; init; }

    /// <summary>Everything wrong with it.</summary>
    public IReadOnlyList<EnvelopeError> Errors { get; init; } = [];

    /// <summary>How it is wrong, when it is refused.</summary>
    public IntakeRefusal Refusal { get; init; }

    /// <summary>Something is wrong; too much of it, when that is all.</summary>
    public static IntakeResult Refused(IReadOnlyList<EnvelopeError> errors) =>
        Refused(errors, errors.All(error => error.Reason == DeadLetterReason.PayloadTooLarge) ? IntakeRefusal.TooLarge : IntakeRefusal.Malformed);

    /// <summary>Something is wrong.</summary>
    public static IntakeResult Refused(IReadOnlyList<EnvelopeError> errors, IntakeRefusal refusal) => new() { Errors = errors, Refusal = refusal };
}

/// <summary>Why an envelope or an event is refused; of several, the first one here is told.</summary>
public enum IntakeRefusal
{
    /// <summary>It is not what it should be.</summary>
    Malformed,

    /// <summary>Its producer may not send it.</summary>
    Forbidden,

    /// <summary>Its data breaks the schema of its type.</summary>
    BreaksSchema,

    /// <summary>It is too large.</summary>
    TooLarge,
}
