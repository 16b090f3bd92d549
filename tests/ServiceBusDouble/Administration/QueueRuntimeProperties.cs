using Posthorn.ServiceBusDouble;

namespace Azure.Messaging.ServiceBus.Administration;

/// <summary>What is in a queue at one moment.</summary>
public class QueueRuntimeProperties
{
    internal QueueRuntimeProperties(BrokerQueue queue)
    {
        Name = queue.Name;
        ScheduledMessageCount = queue.Main.Messages.Scheduled.Count;
        ActiveMessageCount = queue.Main.Messages.Count - ScheduledMessageCount;
        DeadLetterMessageCount = queue.DeadLetters.Messages.Count;
        SizeInBytes = queue.Size;
        CreatedAt = queue.CreatedAt;
        UpdatedAt = queue.CreatedAt;
        AccessedAt = queue.CreatedAt;
    }

    public string Name { get; }

    public long TotalMessageCount => ActiveMessageCount + ScheduledMessageCount + DeadLetterMessageCount;

    /// <summary>Neither scheduled nor dead; locked and deferred ones count.</summary>
    public long ActiveMessageCount { get; }

    public long DeadLetterMessageCount { get; }

    public long ScheduledMessageCount { get; }

    /// <summary>Always zero: the double forwards nothing.</summary>
    public long TransferMessageCount { get; }

    /// <inheritdoc cref="TransferMessageCount"/>
    public long TransferDeadLetterMessageCount { get; }

    /// <summary>With the dead letters.</summary>
    public long SizeInBytes { get; }

    public DateTimeOffset CreatedAt { get; }

    public DateTimeOffset UpdatedAt { get; }

    public DateTimeOffset AccessedAt { get; }
}
