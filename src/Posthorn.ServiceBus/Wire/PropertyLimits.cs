using System.Text;
using Azure.Messaging.ServiceBus;
using Posthorn.Queues;

namespace Posthorn.ServiceBus.Wire;

/// <summary>What application properties may hold: 32 KB each, 64 KB in all (Azure Service Bus).</summary>
internal static class PropertyLimits
{
    /// <summary>The most bytes of one.</summary>
    public const int MostOfOne = 32 * 1024;

    /// <summary>The most bytes of all, with their names.</summary>
    public const int MostInAll = 64 * 1024;

    /// <summary>What is kept free for the worker's own, and for reason and description of a death.</summary>
    public const int ForOthers = 16 * 1024;

    /// <summary>The bytes of texts with their names.</summary>
    public static int SizeOf(IReadOnlyDictionary<string, string> properties) => properties.Sum(property => Size(property.Key) + Size(property.Value));

    /// <summary>Refuses a message whose properties no broker takes.</summary>
    /// <exception cref="MessageTooLargeException">One of them, or all of them, are too large.</exception>
    public static void Check(ServiceBusMessage message)
    {
        var all = 0;
        foreach (var (name, value) in message.ApplicationProperties)
        {
            var size = value is string text ? Size(text) : sizeof(long);
            if (size > MostOfOne) throw new MessageTooLargeException($"{message.MessageId} is larger than the queue takes: its property {name} has {size} bytes, where {MostOfOne} are the most");
            all += Size(name) + size;
        }

        if (all > MostInAll) throw new MessageTooLargeException($"{message.MessageId} is larger than the queue takes: its properties have {all} bytes, where {MostInAll} are the most");
    }

    private static int Size(string text) => Encoding.UTF8.GetByteCount(text);
}
