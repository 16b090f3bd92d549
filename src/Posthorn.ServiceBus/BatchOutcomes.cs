using Posthorn.Queues;

namespace Posthorn.ServiceBus;

/// <summary>What can be told of duplicates before they are sent: those within one call.</summary>
internal static class BatchOutcomes
{
    public static IReadOnlyList<EnqueueOutcome> Judge(IReadOnlyList<QueueMessage> messages)
    {
        var seen = new Dictionary<string, ReadOnlyMemory<byte>>(messages.Count, StringComparer.Ordinal);
        return [.. messages.Select(message => seen.TryAdd(message.MessageId, message.Fingerprint) ? EnqueueOutcome.Accepted : Against(seen[message.MessageId], message.Fingerprint))];
    }

    private static EnqueueOutcome Against(ReadOnlyMemory<byte> first, ReadOnlyMemory<byte> second) =>
        first.IsEmpty || second.IsEmpty || first.Span.SequenceEqual(second.Span) ? EnqueueOutcome.Duplicate : EnqueueOutcome.Conflict;
}
