namespace Posthorn.ServiceBusDouble;

/// <summary>How many bytes a message takes: near what AMQP needs, never less than what is in it.</summary>
internal static class MessageSize
{
    private const int Frame = 64; // The sections' headers and the annotations that every message has.

    public static long Of(WireMessage content) =>
        Frame + content.Body.ToMemory().Length + TextOf(content)
        + content.Properties.Sum(property => AmqpValue.TextSize(property.Key) + AmqpValue.SizeOf(property.Value));

    /// <summary>The size within a batch, which frames each message again.</summary>
    public static long InBatch(WireMessage content) => Of(content) is var size && size <= byte.MaxValue ? size + 5 : size + 8;

    private static int TextOf(WireMessage content) =>
        AmqpValue.TextSize(content.MessageId) + AmqpValue.TextSize(content.SessionId) + AmqpValue.TextSize(content.PartitionKey)
        + AmqpValue.TextSize(content.TransactionPartitionKey) + AmqpValue.TextSize(content.ReplyToSessionId) + AmqpValue.TextSize(content.CorrelationId)
        + AmqpValue.TextSize(content.Subject) + AmqpValue.TextSize(content.To) + AmqpValue.TextSize(content.ContentType) + AmqpValue.TextSize(content.ReplyTo);
}
