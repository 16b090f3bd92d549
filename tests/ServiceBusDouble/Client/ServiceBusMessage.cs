using System.Diagnostics.CodeAnalysis;
using System.Text;
using Posthorn.ServiceBusDouble;

namespace Azure.Messaging.ServiceBus;

/// <summary>A message to send.</summary>
public class ServiceBusMessage
{
    /// <summary>The most characters of a message id, a session id and a partition key.</summary>
    private const int LongestId = 128;

    public ServiceBusMessage()
        : this(ReadOnlyMemory<byte>.Empty)
    {
    }

    /// <summary>Makes one with a text as its body, in UTF-8.</summary>
    public ServiceBusMessage(string body)
        : this(new ReadOnlyMemory<byte>(Encoding.UTF8.GetBytes(body)))
    {
    }

    public ServiceBusMessage(ReadOnlyMemory<byte> body)
        : this(new WireMessage { Body = BinaryData.FromBytes(body) })
    {
    }

    public ServiceBusMessage(BinaryData? body)
        : this(body?.ToMemory() ?? ReadOnlyMemory<byte>.Empty)
    {
    }

    /// <summary>
    /// Makes a copy to send again. It keeps what the first sender wrote, the message id with it; it drops what the broker wrote: lock, sequence
    /// number, delivery count, the time it was enqueued or scheduled for, and why and from where it was dead-lettered.
    /// </summary>
    public ServiceBusMessage(ServiceBusReceivedMessage receivedMessage)
        : this(Require.NotNull(receivedMessage, nameof(receivedMessage)).Content.Copy())
    {
        Content.ScheduledEnqueueTime = default;
        Content.Properties.Remove(DeadLetterProperties.Reason);
        Content.Properties.Remove(DeadLetterProperties.Description);
        Content.Properties.Remove(DeadLetterProperties.DiagnosticId);
    }

    private ServiceBusMessage(WireMessage content) => Content = content;

    /// <summary>Never null; null stands for an empty one.</summary>
    [AllowNull]
    public BinaryData Body
    {
        get => Content.Body;
        set => Content.Body = BinaryData.FromBytes(value?.ToMemory() ?? ReadOnlyMemory<byte>.Empty);
    }

    /// <summary>1 to 128 characters; null until it is set.</summary>
    [DisallowNull]
    public string? MessageId
    {
        get => Content.MessageId;
        set
        {
            ArgumentException.ThrowIfNullOrEmpty(value, nameof(value));
            Content.MessageId = Require.NotLonger(value, LongestId, nameof(value));
        }
    }

    /// <summary>At most 128 characters; the same as the session id, where there is one.</summary>
    public string? PartitionKey
    {
        get => Content.PartitionKey;
        set
        {
            Require.NotLonger(value, LongestId, nameof(value));
            if (SessionId is not null && SessionId != value)
                throw new ArgumentOutOfRangeException(nameof(value), $"PartitionKey:{value} cannot be set to a different value than SessionId:{SessionId}.");
            Content.PartitionKey = value;
        }
    }

    /// <summary>At most 128 characters.</summary>
    public string? TransactionPartitionKey
    {
        get => Content.TransactionPartitionKey;
        set => Content.TransactionPartitionKey = Require.NotLonger(value, LongestId, nameof(value));
    }

    /// <summary>At most 128 characters; it replaces a partition key.</summary>
    public string? SessionId
    {
        get => Content.SessionId;
        set
        {
            Content.SessionId = Require.NotLonger(value, LongestId, nameof(value));
            if (Content.PartitionKey is not null) Content.PartitionKey = value;
        }
    }

    /// <summary>At most 128 characters.</summary>
    public string? ReplyToSessionId
    {
        get => Content.ReplyToSessionId;
        set => Content.ReplyToSessionId = Require.NotLonger(value, LongestId, nameof(value));
    }

    /// <summary>Positive; the longest there is by default, which leaves it to the queue.</summary>
    public TimeSpan TimeToLive
    {
        get => Content.TimeToLive;
        set => Content.TimeToLive = Require.Positive(value, nameof(value));
    }

    public string? CorrelationId
    {
        get => Content.CorrelationId;
        set => Content.CorrelationId = value;
    }

    public string? Subject
    {
        get => Content.Subject;
        set => Content.Subject = value;
    }

    public string? To
    {
        get => Content.To;
        set => Content.To = value;
    }

    public string? ContentType
    {
        get => Content.ContentType;
        set => Content.ContentType = value;
    }

    public string? ReplyTo
    {
        get => Content.ReplyTo;
        set => Content.ReplyTo = value;
    }

    /// <summary>When it may be received; the default value for at once.</summary>
    public DateTimeOffset ScheduledEnqueueTime
    {
        get => Content.ScheduledEnqueueTime;
        set => Content.ScheduledEnqueueTime = value.ToUniversalTime();
    }

    /// <summary>Values of the types that AMQP knows; another is refused when the message is sent.</summary>
    public IDictionary<string, object> ApplicationProperties => Content.Properties;

    internal WireMessage Content { get; }

    /// <inheritdoc/>
    public override string ToString() => $"{{MessageId:{MessageId}}}";
}
