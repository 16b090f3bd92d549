using Posthorn.Envelopes;
using Posthorn.Queues;
using Posthorn.Worker.Composition;

namespace Posthorn.Worker.Sending;

/// <summary>Sends straight onto the queue, by the same intake as the API.</summary>
internal sealed class QueueTarget(OpenQueue open) : ISendTarget
{
    private readonly EnvelopeIntake _intake = open.Intake();

    public string Name => open.Name;

    public async Task<IReadOnlyList<SendOutcome>> SendAsync(IReadOnlyList<FiledEnvelope> batch, CancellationToken cancellationToken)
    {
        var read = batch.Select(envelope => _intake.Read(envelope.Json)).ToList();
        var messages = read.Select(result => result.Message).OfType<QueueMessage>().ToList();
        var outcomes = await queueAsync(messages);
        var next = 0;
        return read.ConvertAll(result => result.Message is null ? SendOutcome.Refused(result.Errors) : outcomes[next++]);

        async Task<List<SendOutcome>> queueAsync(List<QueueMessage> all)
        {
            try
            {
                return await EnqueueFittingAsync(all, cancellationToken);
            }
            catch (QueueUnavailableException unavailable)
            {
                throw new SendFailedException($"the queue is unavailable: {unavailable.Message}");
            }
        }
    }

    public void Dispose() => open.Dispose();

    /// <summary>A batch with one that is too large is refused whole; it is sent in halves, until the one is found.</summary>
    private async Task<List<SendOutcome>> EnqueueFittingAsync(List<QueueMessage> messages, CancellationToken cancellationToken)
    {
        try
        {
            return await EnqueueAsync(messages, cancellationToken);
        }
        catch (MessageTooLargeException tooLarge) when (messages.Count == 1)
        {
            return [SendOutcome.Refused(new EnvelopeError("$", tooLarge.Message, DeadLetterReason.PayloadTooLarge))];
        }
        catch (MessageTooLargeException)
        {
            var half = messages.Count / 2;
            return [.. await EnqueueFittingAsync(messages[..half], cancellationToken), .. await EnqueueFittingAsync(messages[half..], cancellationToken)];
        }
    }

    /// <summary>A batch with a conflict is refused whole; what does not conflict is sent again without what does.</summary>
    private async Task<List<SendOutcome>> EnqueueAsync(List<QueueMessage> messages, CancellationToken cancellationToken)
    {
        var outcomes = await open.Queue.EnqueueAsync(messages, cancellationToken);
        if (!outcomes.Contains(EnqueueOutcome.Conflict)) return [.. messages.Select((message, i) => Outcome(message, outcomes[i]))];

        var others = messages.Where((_, i) => outcomes[i] != EnqueueOutcome.Conflict).ToList();
        var sent = (await EnqueueAsync(others, cancellationToken)).ToArray();
        var next = 0;
        return [.. messages.Select((message, i) => outcomes[i] == EnqueueOutcome.Conflict ? Outcome(message, EnqueueOutcome.Conflict) : sent[next++])];
    }

    private static SendOutcome Outcome(QueueMessage message, EnqueueOutcome outcome) => outcome switch
    {
        EnqueueOutcome.Accepted => new SendOutcome(message.MessageId, SendOutcomeKind.Accepted, []),
        EnqueueOutcome.Duplicate => new SendOutcome(message.MessageId, SendOutcomeKind.Duplicate, []),
        _ => SendOutcome.Refused(new EnvelopeError("$.id", $"'{message.MessageId}' was accepted before with another body")),
    };
}
