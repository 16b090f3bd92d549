using Posthorn.DeadLetters;
using Posthorn.Envelopes;

namespace Posthorn.Queues;

/// <summary>What lists, filters and groups of dead letters need to know of one: neither its payload nor its attempts.</summary>
public sealed record DeadLetterSummary
{
    /// <summary>Its number in the dead-letter sub-queue.</summary>
    public required long Sequence { get; init; }

    /// <summary>The message's id on the queue.</summary>
    public required string MessageId { get; init; }

    /// <summary>What its envelope says of itself.</summary>
    public required DeadLetterFacts Facts { get; init; }

    /// <summary>Why.</summary>
    public required DeadLetterReason Reason { get; init; }

    /// <summary>What its last attempt met; nothing when there was none since it was enqueued or replayed.</summary>
    public required LastAttempt Last { get; init; }

    /// <summary>Attempts made since it was enqueued or last replayed.</summary>
    public required int AttemptsMade { get; init; }

    /// <summary>Times it came back from the dead-letter queue before.</summary>
    public required int Replays { get; init; }

    /// <summary>The run that put it back last, see <see cref="ReplayChanges.Run"/>; null when none did.</summary>
    public string? Run { get; init; }

    /// <summary>When the message first came onto the queue.</summary>
    public required DateTimeOffset EnqueuedAt { get; init; }

    /// <summary>When it died.</summary>
    public required DateTimeOffset DeadLetteredAt { get; init; }

    /// <summary>The summary of a letter that is there whole.</summary>
    public static DeadLetterSummary Of(DeadLetter letter)
    {
        ArgumentNullException.ThrowIfNull(letter);
        return new DeadLetterSummary
        {
            Sequence = letter.Sequence,
            MessageId = letter.Message.MessageId,
            Facts = DeadLetterFacts.Of(letter.Message),
            Reason = letter.Reason,
            Last = LastAttempt.Of(letter.Progress),
            AttemptsMade = letter.Progress.AttemptsMade,
            Replays = letter.Progress.Replays,
            Run = letter.Message.Properties.GetValueOrDefault(EnvelopeProperties.ReplayRun),
            EnqueuedAt = letter.EnqueuedAt,
            DeadLetteredAt = letter.DeadLetteredAt,
        };
    }
}

/// <summary>What an attempt met: an answer's status, or the kind of error when there was no answer.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Error">A name of <see cref="Sending.SendError"/>, or the dead-letter reason of what was refused.</param>
public readonly record struct LastAttempt(int? Status, string? Error)
{
    /// <summary>What the last of these attempts met, when one of them counts since the message was enqueued or replayed.</summary>
    public static LastAttempt Of(DeliveryProgress progress)
    {
        ArgumentNullException.ThrowIfNull(progress);
        return progress.Attempts is [.., var last] && (progress.AttemptsMade > 0 || last.IsOfOthers) ? new LastAttempt(last.Status, last.Error) : default;
    }
}
