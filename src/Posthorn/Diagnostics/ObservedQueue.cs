using System.Diagnostics;
using Posthorn.Queues;

namespace Posthorn.Diagnostics;

/// <summary>A queue whose calls are measured, and whose messages carry the trace context of whoever put them there.</summary>
public sealed class ObservedQueue(IDeliveryQueue queue) : IDeliveryQueue
{
    /// <inheritdoc/>
    public async Task<IReadOnlyList<EnqueueOutcome>> EnqueueAsync(IReadOnlyList<QueueMessage> messages, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(messages);
        var caller = TraceContext.OfCaller();
        using var span = PosthornSpans.Enqueue(messages, caller);
        var context = span?.Context ?? caller;
        var outcomes = await Measured.CallAsync("enqueue", span, () => queue.EnqueueAsync(context is null ? messages : [.. messages.Select(message => TraceContext.Onto(message, context))], cancellationToken));
        PosthornMeter.MessagesSent.Add(outcomes.Count(outcome => outcome == EnqueueOutcome.Accepted), Measured.Of("enqueue"));
        return outcomes;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ILease>> ReceiveAsync(int max, int maxReplayed, TimeSpan maxWait, CancellationToken cancellationToken)
    {
        var (since, started) = (DateTimeOffset.UtcNow, Stopwatch.GetTimestamp());
        var leases = await queue.ReceiveAsync(max, maxReplayed, maxWait, cancellationToken);
        if (leases.Count == 0) return leases; // It waited, and there was no mail.
        PosthornMeter.OperationDuration.Record(Stopwatch.GetElapsedTime(started).TotalSeconds, Measured.Of("receive"));
        PosthornMeter.MessagesConsumed.Add(leases.Count, Measured.Of("receive"));
        PosthornSpans.Received(leases, since);
        return leases;
    }

    /// <inheritdoc/>
    public Task PingAsync(CancellationToken cancellationToken) => queue.PingAsync(cancellationToken);

    /// <inheritdoc/>
    public Task<QueueCounts> CountAsync(CancellationToken cancellationToken) => queue.CountAsync(cancellationToken);
}
