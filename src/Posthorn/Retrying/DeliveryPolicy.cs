using Posthorn.Envelopes;
using Posthorn.Profiles;
using Posthorn.Queues;
using Posthorn.Sending;

namespace Posthorn.Retrying;

/// <summary>Says what a result means: envelope, result and time in, verdict out. It does nothing and asks nobody.</summary>
public sealed class DeliveryPolicy(Random chance, TimeSpan maxRetryAfter)
{
    /// <summary>The verdict before anything is sent; null is to send.</summary>
    public static Verdict? BeforeSending(Envelope envelope, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(envelope);
        return envelope.ExpiresAt is { } deadline && deadline <= now ? Expired(envelope, $"the deadline {Rfc3339.Format(deadline)} passed before the attempt") : null;
    }

    /// <summary>The verdict on an attempt.</summary>
    /// <param name="envelope">What was sent.</param>
    /// <param name="attempt">The attempt's number, from 1.</param>
    /// <param name="result">What happened.</param>
    /// <param name="now">The time the result was known.</param>
    public Verdict Decide(Envelope envelope, int attempt, SendResult result, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(envelope);
        var profile = envelope.Profile;
        return result switch
        {
            SendResult.Answered { Status: var tested } when envelope.IsTest && profile.Success.Contains(tested) => new Verdict.Delivered(),
            _ when envelope.IsTest => new Verdict.Drop("Tested", Describe(result)),
            SendResult.Refused { Refusal: var refusal } => new Verdict.DeadLetter(refusal.Reason, refusal.Detail),
            SendResult.Answered { Status: var status } when profile.Success.Contains(status) => new Verdict.Delivered(),
            SendResult.Answered { Status: var status } answer when profile.Gone.Contains(status) => Dead(DeadLetterReason.EndpointGone, answer),
            SendResult.Answered { Status: var status } answer when profile.Final.Contains(status) => Dead(DeadLetterReason.PermanentFailure, answer),
            _ => RetryOrGiveUp(envelope, attempt, result, now),
        };
    }

    /// <summary>A result in one line.</summary>
    public static string Describe(SendResult result) => result switch
    {
        SendResult.Answered { Extract: { Length: > 0 } extract } answer => $"HTTP {answer.Status}: {extract}",
        SendResult.Answered answer => $"HTTP {answer.Status}",
        SendResult.Failed failure => $"{failure.Error}: {failure.Detail}",
        SendResult.Refused { Refusal: var refusal } => $"{refusal.Reason}: {refusal.Detail}",
        _ => throw new ArgumentOutOfRangeException(nameof(result), result, message: null),
    };

    private static Verdict.DeadLetter Dead(DeadLetterReason reason, SendResult result) => new(reason, Describe(result));

    private Verdict RetryOrGiveUp(Envelope envelope, int attempt, SendResult result, DateTimeOffset now)
    {
        if (envelope.Profile.Retry.DelayAfter(attempt, chance) is not { } delay)
        {
            var reason = result is SendResult.Failed { Error: SendError.SecretUnavailable } ? DeadLetterReason.SecretUnavailable : DeadLetterReason.RetriesExhausted;
            return new Verdict.DeadLetter(reason, $"attempt {attempt} of {envelope.Profile.Retry.Delays.Count + 1} failed: {Describe(result)}");
        }

        var due = now + Longer(delay, AskedFor(result));
        return envelope.ExpiresAt is { } deadline && deadline <= due
            ? Expired(envelope, $"the deadline {Rfc3339.Format(deadline)} comes before attempt {attempt + 1}; attempt {attempt} failed: {Describe(result)}")
            : new Verdict.Retry(due);
    }

    /// <summary>The wait a receiver asks for, clamped: a hint may not hold an envelope for ever.</summary>
    private TimeSpan AskedFor(SendResult result) =>
        result is SendResult.Answered { RetryAfter: { } asked } && asked > TimeSpan.Zero ? (asked < maxRetryAfter ? asked : maxRetryAfter) : TimeSpan.Zero;

    private static TimeSpan Longer(TimeSpan a, TimeSpan b) => a > b ? a : b;

    private static Verdict Expired(Envelope envelope, string description) =>
        envelope.IsTest || envelope.Profile.OnExpiry == ExpiryAction.Drop ? new Verdict.Drop(DeadLetterReason.Expired.Name, description) : new Verdict.DeadLetter(DeadLetterReason.Expired, description);
}
