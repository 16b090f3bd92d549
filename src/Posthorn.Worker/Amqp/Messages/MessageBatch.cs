using Posthorn.Amqp;
using Posthorn.Amqp.Links;
using Posthorn.Amqp.Messages;

namespace Posthorn.Worker.Amqp.Messages;

/// <summary>The messages of a delivery: itself, or those that a batch of the SDKs holds as its data sections.</summary>
internal static class MessageBatch
{
    private const uint Format = 0x80013700; // Microsoft's batched message format.
    private static readonly AmqpLimits Limits = new();

    /// <summary>Takes a delivery apart.</summary>
    /// <exception cref="AmqpException">One of the batch is no message.</exception>
    public static IReadOnlyList<AmqpMessage> Of(IncomingDelivery delivery) =>
        delivery.MessageFormat == Format ? [.. delivery.Message.Data.Select(one => AmqpMessage.Read(one, Limits))] : [delivery.Message];
}
