namespace Posthorn.Worker.Amqp.Receiving;

/// <summary>What a receiver takes messages from: the queue, or its dead letters.</summary>
internal interface IMessageSource
{
    /// <summary>Locks messages, waiting at most so long for the first.</summary>
    Task<IReadOnlyList<IHeldMessage>> TakeAsync(int max, TimeSpan maxWait, CancellationToken cancellationToken);
}
