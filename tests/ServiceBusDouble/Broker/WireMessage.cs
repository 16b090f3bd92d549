using System.Runtime.Serialization;

namespace Posthorn.ServiceBusDouble;

/// <summary>What a sender puts into a message: all of it travels, and nothing else.</summary>
internal sealed record WireMessage
{
    public BinaryData Body { get; set; } = new(ReadOnlyMemory<byte>.Empty);

    public string? MessageId { get; set; }

    public string? PartitionKey { get; set; }

    public string? TransactionPartitionKey { get; set; }

    public string? SessionId { get; set; }

    public string? ReplyToSessionId { get; set; }

    public string? CorrelationId { get; set; }

    public string? Subject { get; set; }

    public string? To { get; set; }

    public string? ContentType { get; set; }

    public string? ReplyTo { get; set; }

    public TimeSpan TimeToLive { get; set; } = TimeSpan.MaxValue;

    /// <summary>The default value when it is not scheduled.</summary>
    public DateTimeOffset ScheduledEnqueueTime { get; set; }

    public Dictionary<string, object> Properties { get; init; } = [];

    /// <summary>One whose changes do not show here.</summary>
    public WireMessage Copy() => this with { Properties = new Dictionary<string, object>(Properties) };

    /// <summary>What arrives when this is sent: bytes of its own, and properties as AMQP carries them.</summary>
    /// <exception cref="SerializationException">A property is of a type that AMQP does not know.</exception>
    public WireMessage Encoded() => this with
    {
        Body = BinaryData.FromBytes(Body.ToArray()),
        Properties = Properties.ToDictionary(property => property.Key, property => AmqpValue.Sent(property.Value)),
    };
}
