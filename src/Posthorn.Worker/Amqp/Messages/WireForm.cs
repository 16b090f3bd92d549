using Posthorn.Amqp;
using Posthorn.Amqp.Messages;
using Posthorn.Queues;

namespace Posthorn.Worker.Amqp.Messages;

/// <summary>
/// What of an AMQP message its envelope does not keep, beside the message on the queue: header, annotations, the properties with
/// their types, and a body that is no data. It lies there as an AMQP message in base64, which the worker passes over.
/// </summary>
internal static class WireForm
{
    /// <summary>The property that it lies in.</summary>
    public const string Property = "posthorn_amqp";

    private static readonly AmqpLimits Limits = new();

    /// <summary>The property's value.</summary>
    /// <param name="message">The message.</param>
    /// <param name="id">The id that it gets, as it came without; null of one that has its own.</param>
    public static string Of(AmqpMessage message, string? id)
    {
        using var builder = new MessageBuilder();
        if (message.Header is { } header) builder.Header(header with { DeliveryCount = 0, FirstAcquirer = false });
        builder.MessageAnnotations(Annotations.OfSender(message.MessageAnnotations));
        if (id is not null) WriteWithId(builder, message, id);
        else if (message.Data.Count == 1) builder.Head(message.Head.Span);
        else builder.Bare(message.Bare.Span);
        builder.Footer(message.Footer);
        return Convert.ToBase64String(builder.Encoded.Span);
    }

    /// <summary>Writes the body of a message that is not one data section alone.</summary>
    public static void WriteBody(MessageBuilder builder, AmqpMessage message)
    {
        if (message.HasValue) builder.Value(message.ReadValue());
        foreach (var part in message.Data) builder.Data(part.Span);
        foreach (var sequence in message.ReadSequences()) builder.Sequence(sequence as IReadOnlyList<object?> ?? []);
    }

    /// <summary>Reads it; null when there is none, or none that can be read.</summary>
    public static AmqpMessage? Read(QueueMessage message)
    {
        if (message.Properties.GetValueOrDefault(Property) is not { } text) return null;
        var bytes = new byte[text.Length];
        if (!Convert.TryFromBase64String(text, bytes, out var length)) return null;
        try
        {
            return AmqpMessage.Read(bytes.AsMemory(0, length), Limits);
        }
        catch (AmqpException)
        {
            return null;
        }
    }

    private static void WriteWithId(MessageBuilder builder, AmqpMessage message, string id)
    {
        builder.Properties((message.Properties ?? new MessageProperties()) with { MessageId = id }).ApplicationProperties(message.ApplicationProperties);
        if (message.Data.Count != 1) WriteBody(builder, message);
    }
}
