using Posthorn.Amqp.Links;
using Posthorn.Queues;

namespace Posthorn.Worker.Amqp.Sending;

/// <summary>Messages of one delivery that are to be stored together.</summary>
/// <param name="Delivery">The delivery, settled when they are stored.</param>
/// <param name="Messages">The messages.</param>
/// <param name="Size">The bytes that it keeps in memory.</param>
internal sealed record Arrival(IncomingDelivery Delivery, IReadOnlyList<QueueMessage> Messages, int Size);
