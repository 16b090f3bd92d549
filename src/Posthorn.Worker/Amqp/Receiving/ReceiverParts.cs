namespace Posthorn.Worker.Amqp.Receiving;

/// <summary>What all links of receivers share.</summary>
internal sealed partial class ReceiverParts(LockTable locks, Settlement settlement, TimeProvider clock, ILogger<ReceiverParts> logger)
{
    /// <summary>The messages that are held.</summary>
    public LockTable Locks { get; } = locks;

    /// <summary>What settles them.</summary>
    public Settlement Settlement { get; } = settlement;

    /// <summary>The clock.</summary>
    public TimeProvider Clock { get; } = clock;

    /// <summary>Notes that the queue is away.</summary>
    [LoggerMessage(93, LogLevel.Error, "No messages can be given out over AMQP: {Cause}", EventName = "AmqpNotGivenOut")]
    public partial void LogUnavailable(string cause);

    /// <summary>Notes a fault of ours.</summary>
    [LoggerMessage(94, LogLevel.Critical, "A receiver's link crashed; it was ended", EventName = "AmqpReceiverCrashed")]
    public partial void LogCrashed(Exception bug);
}
