namespace Posthorn.ServiceBusDouble;

/// <summary>How a queue was created; the defaults are those of Service Bus, Standard tier.</summary>
public sealed record QueueRules
{
    /// <summary>How long a message, or a session, is locked. Default: one minute.</summary>
    public TimeSpan LockDuration { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Failed deliveries before the broker dead-letters. Default: 10.</summary>
    public int MaxDeliveryCount { get; init; } = 10;

    /// <summary>How long a message id is remembered; null (default) for a queue without duplicate detection.</summary>
    public TimeSpan? DuplicateWindow { get; init; }

    /// <summary>Whether messages belong to sessions. Default: no.</summary>
    public bool RequiresSession { get; init; }

    /// <summary>The longest time to live; a message that asks for more gets this. Default: without end.</summary>
    public TimeSpan DefaultTimeToLive { get; init; } = TimeSpan.MaxValue;

    /// <summary>Whether expired messages are dead-lettered, and not dropped. Default: no.</summary>
    public bool DeadLettersExpired { get; init; }

    /// <summary>The largest message, in bytes, with its properties. Default: 256 KB.</summary>
    public long MaxMessageBytes { get; init; } = 256 * 1024;

    /// <summary>The largest batch, in bytes. Default: 256 KB; 1 MB on Premium.</summary>
    public long MaxBatchBytes { get; init; } = 256 * 1024;

    /// <summary>The most that the queue holds with its dead letters, in bytes. Default: 1 GB.</summary>
    public long MaxSizeBytes { get; init; } = 1024L * 1024 * 1024;

    /// <summary>The most of a session's state, in bytes. Default: 256 KB; 1 MB on Premium.</summary>
    public long MaxSessionStateBytes { get; init; } = 256 * 1024;
}
