using Posthorn.Amqp;
using Posthorn.Amqp.Links;
using Posthorn.Amqp.Performatives;
using Posthorn.Queues;
using Posthorn.Sqlite.Broker;
using Posthorn.Worker.Amqp.Access;
using Posthorn.Worker.Amqp.Messages;
using Posthorn.Worker.Amqp.Transactions;

namespace Posthorn.Worker.Amqp.Sending;

/// <summary>The link on which a producer sends to the queue.</summary>
internal sealed class SenderLink(QueueIntake intake, TransactionBook transactions, Claims claims, string path, TimeProvider clock) : IReceivingLinkHandler
{
    /// <summary>How many deliveries may be on their way.</summary>
    public const int Credit = 1_000;

    /// <inheritdoc/>
    public void OnAttached(ReceivingLink link) => claims.Watch(link, path);

    /// <inheritdoc/>
    public void OnMessage(IncomingDelivery delivery)
    {
        try
        {
            var now = clock.GetUtcNow();
            List<QueueMessage> messages = [.. MessageBatch.Of(delivery).Select(message => IncomingMessage.Read(message, now))];
            if (delivery.State is DeliveryState.Transactional transactional) delivery.Settle(Join(delivery, transactional, messages));
            else intake.Add(new Arrival(delivery, messages, delivery.Message.Encoded.Length));
        }
        catch (AmqpException broken)
        {
            delivery.Settle(new DeliveryState.Rejected(broken.Error));
        }
    }

    /// <inheritdoc/>
    public void OnClosed(ReceivingLink link, AmqpError? error) => claims.Forget(link);

    /// <summary>Stores them with the transaction.</summary>
    private DeliveryState Join(IncomingDelivery delivery, DeliveryState.Transactional state, List<QueueMessage> messages) =>
        transactions.Add(delivery.Link.Connection, state.Transaction, [new BrokerChange.Send(messages)], delivery.Message.Encoded.Length) is { } refusal
            ? new DeliveryState.Rejected(refusal)
            : state with { Provisional = DeliveryState.Accept };
}
