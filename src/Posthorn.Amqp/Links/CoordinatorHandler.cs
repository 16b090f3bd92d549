using Posthorn.Amqp.Messages;
using Posthorn.Amqp.Performatives;
using Posthorn.Amqp.Types;

namespace Posthorn.Amqp.Links;

/// <summary>Takes the messages of a control link: declare and discharge (AMQP 1.0 §4.2, §4.3), and answers them with outcomes.</summary>
internal sealed class CoordinatorHandler(ITransactionCoordinator coordinator) : IReceivingLinkHandler
{
    public void OnMessage(IncomingDelivery delivery)
    {
        try
        {
            Answer(delivery, Begin(delivery.Message, delivery.Link));
        }
        catch (AmqpException error)
        {
            delivery.Settle(new DeliveryState.Rejected(error.Error));
        }
    }

    public void OnClosed(ReceivingLink link, AmqpError? error) => coordinator.OnClosed();

    private ValueTask<DeliveryState> Begin(AmqpMessage message, ReceivingLink link)
    {
        var reader = new AmqpReader(message.EncodedValue.Span, link.Session.Limits);
        var descriptor = message.HasValue ? reader.ReadDescriptor() : Descriptor.Unknown;
        if (descriptor == Descriptor.Declare) return coordinator.DeclareAsync(link.Ended);
        if (descriptor != Descriptor.Discharge) throw AmqpException.NotAllowed("A coordinator takes declare and discharge.");
        var scope = reader.EnterFields();
        var id = reader.FieldBinary(out var hasId);
        if (!hasId) throw AmqpException.Missing("txn-id");
        var transaction = TransactionId.From(id);
        var fail = reader.FieldBoolean() ?? false;
        reader.Leave(scope);
        return coordinator.DischargeAsync(transaction, fail, link.Ended);
    }

    private static void Answer(IncomingDelivery delivery, ValueTask<DeliveryState> outcome)
    {
        if (outcome.IsCompletedSuccessfully) delivery.Settle(outcome.Result);
        else _ = AnswerAsync(delivery, outcome.AsTask());
    }

#pragma warning disable CA1031 // The host's fault ends the link.
    private static async Task AnswerAsync(IncomingDelivery delivery, Task<DeliveryState> outcome)
    {
        try
        {
            delivery.Settle(await outcome);
        }
        catch (Exception fault)
        {
            delivery.Link.Fault(fault);
        }
    }
#pragma warning restore CA1031
}
