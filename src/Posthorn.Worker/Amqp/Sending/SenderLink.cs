using Posthorn.Amqp;
using Posthorn.Amqp.Links;
using Posthorn.Amqp.Performatives;
using Posthorn.Worker.Amqp.Access;
using Posthorn.Worker.Amqp.Messages;

namespace Posthorn.Worker.Amqp.Sending;

/// <summary>The link on which a producer sends to the queue.</summary>
internal sealed class SenderLink(QueueIntake intake, Claims claims, string path, TimeProvider clock) : IReceivingLinkHandler
{
    /// <summary>How many deliveries may be on their way.</summary>
    public const int Credit = 500;

    /// <inheritdoc/>
    public void OnAttached(ReceivingLink link) => claims.Watch(link, path);

    /// <inheritdoc/>
    public void OnMessage(IncomingDelivery delivery)
    {
        if (delivery.State is DeliveryState.Transactional)
        {
            delivery.Settle(new DeliveryState.Rejected(BrokerError.NotImplemented("Transactions are")));
            return;
        }

        try
        {
            var now = clock.GetUtcNow();
            intake.Add(new Arrival(delivery, [.. MessageBatch.Of(delivery).Select(message => IncomingMessage.Read(message, now))], delivery.Message.Encoded.Length));
        }
        catch (AmqpException broken)
        {
            delivery.Settle(new DeliveryState.Rejected(broken.Error));
        }
    }

    /// <inheritdoc/>
    public void OnClosed(ReceivingLink link, AmqpError? error) => claims.Forget(link);
}
