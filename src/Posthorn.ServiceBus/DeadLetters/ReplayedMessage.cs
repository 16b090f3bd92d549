using Posthorn.Envelopes;
using Posthorn.Queues;

namespace Posthorn.ServiceBus.DeadLetters;

/// <summary>What goes onto the queue in place of a dead letter.</summary>
internal static class ReplayedMessage
{
    private static readonly string[] Marks = [EnvelopeProperties.ReplayRun, EnvelopeProperties.ReplayTo, EnvelopeProperties.ReplayToSealed];

    /// <summary>The message with the changes; its id stays.</summary>
    public static QueueMessage Of(DeadLetter letter, ReplayChanges changes)
    {
        var message = changes.Instead is { } instead ? instead with { MessageId = letter.Message.MessageId, DueAt = null, ExpiresAt = null } : letter.Message;
        var properties = message.Properties.Where(property => !Marks.Contains(property.Key)).ToDictionary();
        Set(EnvelopeProperties.ReplayRun, changes.Run);
        Set(EnvelopeProperties.ReplayTo, changes.To?.Url);
        Set(EnvelopeProperties.ReplayToSealed, changes.To?.Sealed);
        Set(EnvelopeProperties.ExpiresAt, changes.Deadline is { } deadline ? Rfc3339.Format(deadline) : null);
        return message with { Properties = properties };

        void Set(string name, string? value)
        {
            if (value is not null) properties[name] = value;
        }
    }
}
