using Azure.Messaging.ServiceBus;
using Posthorn.Envelopes;
using Posthorn.Queues;
using Posthorn.ServiceBus.Wire;

namespace Posthorn.ServiceBus.DeadLetters;

/// <summary>Reads dead letters; of those that the broker buried itself, the time of death is not known, and that of enqueuing stands for it.</summary>
internal static class LetterReader
{
    /// <summary>The letter with its history.</summary>
    public static DeadLetter Letter(ServiceBusReceivedMessage received)
    {
        var state = MessageReader.State(received);
        return new DeadLetter
        {
            Sequence = received.SequenceNumber,
            Message = MessageReader.Message(received) with { ExpiresAt = null }, // It lives here without an end.
            Reason = state.Death?.Reason ?? new DeadLetterReason(received.DeadLetterReason ?? ""),
            Description = state.Death?.Description ?? received.DeadLetterErrorDescription ?? "",
            EnqueuedAt = state.EnqueuedAt ?? received.EnqueuedTime,
            DeadLetteredAt = MessageReader.Time(received, WireProperties.DeadAt) ?? received.EnqueuedTime,
            DeliveryCount = MessageReader.Count(received, WireProperties.DeadDeliveryCount) ?? received.DeliveryCount,
            Progress = state.Progress,
        };
    }

    /// <summary>What lists and filters need to know of it.</summary>
    public static DeadLetterSummary Summary(ServiceBusReceivedMessage received) => DeadLetterSummary.Of(Letter(received));

    /// <summary>The run that put a message back last.</summary>
    public static string? RunOf(QueueMessage message) => message.Properties.GetValueOrDefault(EnvelopeProperties.ReplayRun);
}
