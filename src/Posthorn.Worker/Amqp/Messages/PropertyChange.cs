using Posthorn.Amqp;
using Posthorn.Amqp.Messages;
using Posthorn.Amqp.Types;
using Posthorn.Queues;

namespace Posthorn.Worker.Amqp.Messages;

/// <summary>Application properties that a receiver changes when it gives a message back, defers or dead-letters it.</summary>
internal static class PropertyChange
{
    private static readonly AmqpLimits Limits = new();

    /// <summary>The properties of the message on the queue after the change.</summary>
    public static IReadOnlyDictionary<string, string> Of(QueueMessage message, AmqpMap changes)
    {
        using var builder = OutgoingMessage.WriteSent(message, changes);
        var changed = AmqpMessage.Read(builder.Encoded.ToArray(), Limits);
        var properties = message.Properties.ToDictionary(StringComparer.Ordinal);
        foreach (var (key, value) in changes)
            if (key is string name && !IncomingMessage.IsBrokers(name) && PropertyText.Of(value) is { } text) properties[name] = text;
        properties[WireForm.Property] = WireForm.Of(changed, id: null);
        return properties;
    }
}
