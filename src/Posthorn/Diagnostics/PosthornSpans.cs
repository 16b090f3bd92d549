using System.Diagnostics;
using Posthorn.Envelopes;
using Posthorn.Queues;
using Posthorn.Retrying;
using Posthorn.Sending;

namespace Posthorn.Diagnostics;

/// <summary>
/// The spans of the activity source <c>Posthorn</c>, named and tagged after OpenTelemetry's conventions for messaging and HTTP. What a
/// message goes through is in its producer's trace.
/// </summary>
public static class PosthornSpans
{
    /// <summary>The activity source's name.</summary>
    public const string SourceName = "Posthorn";

    /// <summary>What the conventions call this queue, whichever broker it is on.</summary>
    internal const string SystemName = "posthorn";

    /// <summary>The place that messages are sent to.</summary>
    internal const string Destination = "notifications";

    /// <summary>The source.</summary>
    public static ActivitySource Source { get; } = new(SourceName);

    /// <summary>The span of an enqueuing below its caller's; null when no tracer listens.</summary>
    internal static Activity? Enqueue(IReadOnlyList<QueueMessage> messages, ActivityContext? caller)
    {
        if (!Source.HasListeners()) return null;
        var ambient = Activity.Current;
        if (ambient is { Source.Name: "" }) Activity.Current = null; // Else it would be the parent, and nobody exports it.
        var span = Operation("enqueue", "send", ActivityKind.Producer, caller);
        if (span is null) Activity.Current = ambient;
        if (messages.Count == 1) span?.SetTag("messaging.message.id", messages[0].MessageId);
        else span?.SetTag("messaging.batch.message_count", messages.Count);
        return span;
    }

    /// <summary>The span of a receiving that brought mail: linked with what it brought, and over already.</summary>
    internal static void Received(IReadOnlyList<ILease> leases, DateTimeOffset since)
    {
        if (!Source.HasListeners()) return;
        var links = leases.Select(lease => TraceContext.Of(lease.Message)).OfType<ActivityContext>().Select(context => new ActivityLink(context));
        using var span = Source.StartActivity($"receive {Destination}", ActivityKind.Client, parentContext: default, links: links, startTime: since);
        Describe(span, "receive", "receive")?.SetTag("messaging.batch.message_count", leases.Count);
    }

    /// <summary>The span of a message's processing: below its producer's, and linked with it.</summary>
    internal static Activity? Process(ILease lease)
    {
        if (!Source.HasListeners()) return null;
        var producer = TraceContext.Of(lease.Message);
        var span = Operation("process", "process", ActivityKind.Consumer, producer, producer is { } context ? [new ActivityLink(context)] : null);
        span?.SetTag("messaging.message.id", lease.Message.MessageId).SetTag("posthorn.delivery_count", lease.DeliveryCount);
        if (lease.Progress.Replays > 0) span?.SetTag("posthorn.replays", lease.Progress.Replays).SetTag("posthorn.replay_run", lease.Message.Properties.GetValueOrDefault(EnvelopeProperties.ReplayRun));
        return span;
    }

    /// <summary>The span of one POST; the URL is the one that may be shown.</summary>
    internal static Activity? Attempt(Envelope envelope, int number)
    {
        var span = Source.StartActivity("POST", ActivityKind.Client);
        if (span is not { IsAllDataRequested: true }) return span;
        var url = envelope.Destination.Url;
        span.SetTag("http.request.method", "POST").SetTag("url.full", envelope.Destination.Display).SetTag("server.address", url.Host).SetTag("server.port", url.Port);
        if (number > 1) span.SetTag("http.request.resend_count", number - 1);
        return span.SetTag("posthorn.profile", envelope.Profile.Name).SetTag("posthorn.event_type", envelope.Type);
    }

    /// <summary>What the POST met.</summary>
    internal static void Met(Activity? span, SendResult result)
    {
        if (span is null) return;
        if (result is SendResult.Answered { Status: var status })
        {
            span.SetTag("http.response.status_code", status);
            if (status >= 400) span.SetStatus(ActivityStatusCode.Error).SetTag("error.type", $"{status}");
            return;
        }

        var error = result switch { SendResult.Failed { Error: var failure } => $"{failure}", SendResult.Refused { Refusal.Reason: var reason } => reason.Name, _ => "_OTHER" };
        span.SetStatus(ActivityStatusCode.Error, DeliveryPolicy.Describe(result)).SetTag("error.type", error);
    }

    /// <summary>The span of a settling; the processing's learns its verdict.</summary>
    internal static Activity? Settle(Verdict verdict)
    {
        if (Activity.Current is not { Source.Name: SourceName } processing) return null;
        processing.SetTag("posthorn.verdict", DeliveryMetrics.NameOf(verdict));
        var span = Operation("settle", "settle", ActivityKind.Client, parent: null);
        return verdict is Verdict.DeadLetter dead ? span?.SetTag("posthorn.dead_letter.reason", dead.Reason.Name) : span;
    }

    /// <summary>The span of putting dead letters back, linked with their producers'.</summary>
    internal static Activity? Replay(int count, string? run, IEnumerable<ActivityContext> producers) =>
        Operation("replay", "send", ActivityKind.Producer, parent: null, [.. producers.Select(producer => new ActivityLink(producer))])
            ?.SetTag("messaging.batch.message_count", count).SetTag("posthorn.replay_run", run);

    /// <summary>A failure that no result stands for; its message may hold what nobody should read, and is not told.</summary>
    internal static void Failed(Activity? span, Exception failure) => span?.SetStatus(ActivityStatusCode.Error).SetTag("error.type", failure.GetType().FullName);

    private static Activity? Operation(string name, string type, ActivityKind kind, ActivityContext? parent, IReadOnlyList<ActivityLink>? links = null) =>
        Describe(Source.StartActivity($"{name} {Destination}", kind, parent ?? default, links: links), name, type);

    private static Activity? Describe(Activity? span, string name, string type) => span?.SetTag("messaging.system", SystemName)
        .SetTag("messaging.operation.name", name).SetTag("messaging.operation.type", type).SetTag("messaging.destination.name", Destination);
}
