using System.Diagnostics;
using Posthorn.Envelopes;
using Posthorn.Events;
using Posthorn.Queues;
using Posthorn.Retrying;
using Posthorn.Sending;

namespace Posthorn.Diagnostics;

/// <summary>Counts what deliveries come to.</summary>
internal static class DeliveryMetrics
{
    private static readonly string[] StatusClasses = ["other", "1xx", "2xx", "3xx", "4xx", "5xx"];

    private static readonly string[] DropReasons = [DeadLetterReason.Expired.Name, EventFanOut.ThrottledReason];

    /// <summary>
    /// Counts nothing of what may never happen: a counter without a single measurement is not exported, and neither an alert on its rate
    /// nor a dashboard can tell that from a wrong name.
    /// </summary>
    public static void Begin()
    {
        foreach (var counter in new[] { PosthornMeter.Postponements, PosthornMeter.EventsUnmatched, PosthornMeter.HistoryDropped, PosthornMeter.LocksLost, PosthornMeter.DuplicatesAvoided, PosthornMeter.AttemptsAfterLoss })
            counter.Add(0);
        foreach (var reason in DropReasons) PosthornMeter.DeliveriesDropped.Add(0, Tag("reason", reason));
    }

    /// <summary>A verdict was settled.</summary>
    /// <param name="envelope">What it is about.</param>
    /// <param name="acceptedAt">When it came onto the queue.</param>
    /// <param name="attempt">The attempt that led to it, when there was one.</param>
    /// <param name="verdict">The verdict.</param>
    /// <param name="now">When.</param>
    /// <param name="tenant">Its tenant's label; null where tenants are not told.</param>
    public static void Settled(Envelope envelope, DateTimeOffset acceptedAt, AttemptRecord? attempt, Verdict verdict, DateTimeOffset now, string? tenant)
    {
        var profile = envelope.Profile.Name;
        var tags = new TagList { { "verdict", NameOf(verdict) }, { "profile", profile }, { "status_class", ClassOf(attempt) } };
        if (tenant is not null) tags.Add("tenant", tenant);
        PosthornMeter.Deliveries.Add(1, tags);
        switch (verdict)
        {
            case Verdict.Delivered:
                PosthornMeter.DeliveryLatency.Record(Math.Max(0, (now - acceptedAt).TotalSeconds), Tag("profile", profile));
                break;
            case Verdict.Retry:
                PosthornMeter.Retries.Add(1, Tag("profile", profile));
                break;
            case Verdict.DeadLetter dead:
                Dead(dead.Reason, profile);
                break;
            case Verdict.Drop dropped:
                PosthornMeter.DeliveriesDropped.Add(1, Tag("reason", dropped.Reason));
                break;
        }
    }

    /// <summary>A message was dead-lettered; its profile is not known of one that cannot be read.</summary>
    public static void Dead(DeadLetterReason reason, string profile = "") => PosthornMeter.DeadLetters.Add(1, Tag("reason", reason.Name), Tag("profile", profile));

    /// <summary>An attempt ended. One that this process could not make is none.</summary>
    public static void Attempted(Envelope envelope, SendResult result)
    {
        if (result is SendResult.Failed { Error: SendError.LocalLimit }) return;
        PosthornMeter.AttemptDuration.Record(result.Duration.TotalSeconds, Tag("profile", envelope.Profile.Name), Tag("status_class", ClassOf((result as SendResult.Answered)?.Status)));
    }

    /// <summary>A verdict's name, as a label.</summary>
    public static string NameOf(Verdict verdict) => verdict switch
    {
        Verdict.Delivered => "delivered",
        Verdict.Retry => "retry",
        Verdict.DeadLetter => "dead_letter",
        Verdict.Drop => "drop",
        _ => throw new ArgumentOutOfRangeException(nameof(verdict), verdict, message: null),
    };

    private static string ClassOf(AttemptRecord? attempt) => attempt is null or { IsOfOthers: true } ? "none" : ClassOf(attempt.Status);

    private static string ClassOf(int? status) => status is not { } answer ? "error" : StatusClasses[answer is >= 100 and < 600 ? answer / 100 : 0];

    private static KeyValuePair<string, object?> Tag(string name, string value) => KeyValuePair.Create<string, object?>(name, value);
}
