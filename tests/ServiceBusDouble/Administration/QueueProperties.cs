using Posthorn.ServiceBusDouble;

namespace Azure.Messaging.ServiceBus.Administration;

/// <summary>How a queue was created.</summary>
public class QueueProperties
{
    internal QueueProperties(BrokerQueue queue)
    {
        var rules = queue.Rules;
        Name = queue.Name;
        LockDuration = rules.LockDuration;
        MaxSizeInMegabytes = rules.MaxSizeBytes / (1024 * 1024);
        RequiresDuplicateDetection = rules.DuplicateWindow is not null;
        RequiresSession = rules.RequiresSession;
        DefaultMessageTimeToLive = rules.DefaultTimeToLive;
        DeadLetteringOnMessageExpiration = rules.DeadLettersExpired;
        DuplicateDetectionHistoryTimeWindow = rules.DuplicateWindow ?? TimeSpan.FromMinutes(1);
        MaxDeliveryCount = rules.MaxDeliveryCount;
        MaxMessageSizeInKilobytes = rules.MaxMessageBytes / 1024;
    }

    public string Name { get; }

    public TimeSpan LockDuration { get; set; }

    public long MaxSizeInMegabytes { get; set; }

    public bool RequiresDuplicateDetection { get; }

    public bool RequiresSession { get; }

    public TimeSpan DefaultMessageTimeToLive { get; set; }

    public TimeSpan AutoDeleteOnIdle { get; set; } = TimeSpan.MaxValue;

    public bool DeadLetteringOnMessageExpiration { get; set; }

    /// <summary>One minute, without meaning, on a queue without duplicate detection.</summary>
    public TimeSpan DuplicateDetectionHistoryTimeWindow { get; set; }

    public int MaxDeliveryCount { get; set; }

    public bool EnableBatchedOperations { get; set; } = true;

    public EntityStatus Status { get; set; } = EntityStatus.Active;

    public string? ForwardTo { get; set; }

    public string? ForwardDeadLetteredMessagesTo { get; set; }

    public bool EnablePartitioning { get; }

    public string? UserMetadata { get; set; }

    public long? MaxMessageSizeInKilobytes { get; set; }
}
