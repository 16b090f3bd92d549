using Azure.Messaging.ServiceBus;
using Posthorn.Queues;
using Posthorn.ServiceBus.Wire;

namespace Posthorn.ServiceBus;

/// <summary>Sends any number of messages in as few batches as the broker takes.</summary>
internal sealed class BatchSender(ServiceBusSender sender)
{
    private const long LargestBatch = 1024 * 1024; // Also on Premium, where one message may be larger (Azure Service Bus).

    /// <summary>
    /// Sends them in order. One batch is all or none; of several, those before a failure stay, and sending all of them again adds only
    /// the rest, as duplicate detection drops what is there.
    /// </summary>
    /// <exception cref="MessageTooLargeException">One is too large; nothing was sent when that can be known before.</exception>
    public async Task SendAsync(IReadOnlyList<ServiceBusMessage> messages, CancellationToken cancellationToken)
    {
        foreach (var message in messages) PropertyLimits.Check(message);
        var sends = new List<Func<Task>>();
        var batches = new List<ServiceBusMessageBatch>();
        try
        {
            for (var next = 0; next < messages.Count;)
            {
                var batch = await NewBatchAsync(cancellationToken);
                batches.Add(batch);
                var first = next;
                while (next < messages.Count && batch.TryAddMessage(messages[next])) next++;
                if (next > first) sends.Add(() => sender.SendMessagesAsync(batch, cancellationToken));
                else if (AloneOrRefused(messages[next++], batch) is var alone) sends.Add(() => sender.SendMessageAsync(alone, cancellationToken));
            }

            foreach (var send in sends) await send();
        }
        finally
        {
            batches.ForEach(batch => batch.Dispose());
        }
    }

    private async Task<ServiceBusMessageBatch> NewBatchAsync(CancellationToken cancellationToken)
    {
        var batch = await sender.CreateMessageBatchAsync(cancellationToken);
        if (batch.MaxSizeInBytes <= LargestBatch) return batch;
        batch.Dispose();
        return await sender.CreateMessageBatchAsync(new CreateMessageBatchOptions { MaxSizeInBytes = LargestBatch }, cancellationToken);
    }

    /// <summary>A message that no batch takes: it is too large, unless the queue takes larger ones than any batch may be.</summary>
    private static ServiceBusMessage AloneOrRefused(ServiceBusMessage message, ServiceBusMessageBatch batch) => batch.MaxSizeInBytes >= LargestBatch ? message : throw new MessageTooLargeException(
        $"{message.MessageId} is larger than the queue takes: {message.Body.ToMemory().Length} bytes and its properties, where {batch.MaxSizeInBytes} are the most in all");
}
