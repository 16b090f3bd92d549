using Posthorn.Amqp.Types;

namespace Posthorn.Worker.Amqp.Messages;

/// <summary>The message annotations of Azure Service Bus ("AMQP 1.0 in Azure Service Bus protocol guide", message annotations).</summary>
internal static class Annotations
{
    public static readonly Symbol SequenceNumber = "x-opt-sequence-number";
    public static readonly Symbol EnqueuedSequenceNumber = "x-opt-enqueue-sequence-number";
    public static readonly Symbol EnqueuedTime = "x-opt-enqueued-time";
    public static readonly Symbol LockedUntil = "x-opt-locked-until";
    public static readonly Symbol State = "x-opt-message-state";
    public static readonly Symbol DeadLetterSource = "x-opt-deadletter-source";
    public static readonly Symbol ScheduledEnqueueTime = "x-opt-scheduled-enqueue-time";

    /// <summary>A delivery annotation, by which the SDK for Python settles what it received by its number.</summary>
    public static readonly Symbol LockToken = "x-opt-lock-token";

    private static readonly HashSet<Symbol> Broker = [SequenceNumber, EnqueuedSequenceNumber, EnqueuedTime, LockedUntil, State, DeadLetterSource];

    /// <summary>Those of a sender's that stay on the message: all but those that only the broker writes.</summary>
    public static AmqpMap? OfSender(AmqpMap? annotations)
    {
        if (annotations is null || !annotations.Any(IsBrokers)) return annotations;
        var kept = new AmqpMap();
        foreach (var (name, value) in annotations.Where(pair => !IsBrokers(pair))) kept.Add(name, value);
        return kept;
    }

    private static bool IsBrokers(KeyValuePair<object, object?> annotation) => annotation.Key is Symbol name && Broker.Contains(name);
}
