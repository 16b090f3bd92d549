using Posthorn.Envelopes;
using Posthorn.Retrying;
using Posthorn.Sending;

namespace Posthorn.Client.Direct;

/// <summary>Sends, decides and waits as the worker does, but for the waits: the profile's first few, each cut short.</summary>
internal sealed class DirectDelivery(WebhookSender sender, PosthornDirectOptions options, TimeProvider clock, Random chance)
{
    private readonly DeliveryPolicy _policy = new(chance, maxRetryAfter: options.MaxWait);

    /// <summary>Delivers; what cannot be is returned with its reason.</summary>
    public async Task<UndeliveredNotification?> DeliverAsync(Envelope accepted, CancellationToken cancellationToken)
    {
        var envelope = accepted with { Profile = accepted.Profile with { Retry = Shortened(accepted.Profile.Retry) } };
        var verdict = DeliveryPolicy.BeforeSending(envelope, clock.GetUtcNow());
        for (var attempt = 1; verdict is null or Verdict.Retry; attempt++)
        {
            if (verdict is Verdict.Retry { DueAt: var due }) await WaitUntilAsync(due, cancellationToken);
            var result = await sender.SendAsync(envelope, attempt, cancellationToken);
            verdict = _policy.Decide(envelope, attempt, result, clock.GetUtcNow());
        }

        return verdict switch
        {
            Verdict.Delivered => null,
            Verdict.DeadLetter dead => new UndeliveredNotification(envelope.Id, envelope.Destination.Display, dead.Reason, dead.Description),
            Verdict.Drop drop => new UndeliveredNotification(envelope.Id, envelope.Destination.Display, Queues.DeadLetterReason.Expired, drop.Description),
            _ => throw new ArgumentOutOfRangeException(nameof(accepted), verdict, "A verdict without a way to settle it."),
        };
    }

    private RetrySchedule Shortened(RetrySchedule schedule) => RetrySchedule.Listed(
        [.. schedule.Delays.Take(options.MaxRetries).Select(delay => delay < options.MaxWait ? delay : options.MaxWait)], schedule.Jitter);

    private Task WaitUntilAsync(DateTimeOffset due, CancellationToken cancellationToken)
    {
        var wait = due - clock.GetUtcNow();
        return wait > TimeSpan.Zero ? Task.Delay(wait, clock, cancellationToken) : Task.CompletedTask;
    }
}
