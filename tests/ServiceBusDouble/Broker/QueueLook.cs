using Azure.Messaging.ServiceBus;

namespace Posthorn.ServiceBusDouble;

/// <summary>What a queue holds at one moment, each list in the order of the sequence numbers.</summary>
public sealed record QueueLook
{
    /// <summary>Could be received now.</summary>
    public required IReadOnlyList<ServiceBusReceivedMessage> Active { get; init; }

    /// <summary>Held by a receiver.</summary>
    public required IReadOnlyList<ServiceBusReceivedMessage> Locked { get; init; }

    public required IReadOnlyList<ServiceBusReceivedMessage> Scheduled { get; init; }

    public required IReadOnlyList<ServiceBusReceivedMessage> Deferred { get; init; }

    /// <summary>The dead letters, held ones too.</summary>
    public required IReadOnlyList<ServiceBusReceivedMessage> Dead { get; init; }

    /// <summary>The states of sessions, by session id.</summary>
    public required IReadOnlyDictionary<string, BinaryData> SessionStates { get; init; }

    internal static QueueLook At(BrokerQueue queue)
    {
        var messages = queue.Main.Messages.From(long.MinValue).ToList();
        return new QueueLook
        {
            Active = Views(messages.Where(message => message is { Lock: null, IsScheduled: false, IsDeferred: false })),
            Locked = Views(messages.Where(message => message.Lock is not null)),
            Scheduled = Views(messages.Where(message => message.IsScheduled)),
            Deferred = Views(messages.Where(message => message is { Lock: null, IsDeferred: true })),
            Dead = Views(queue.DeadLetters.Messages.From(long.MinValue)),
            SessionStates = new Dictionary<string, BinaryData>(queue.Main.Sessions.States),
        };
    }

    private static List<ServiceBusReceivedMessage> Views(IEnumerable<StoredMessage> messages) => [.. messages.Select(message => message.Peeked())];
}
