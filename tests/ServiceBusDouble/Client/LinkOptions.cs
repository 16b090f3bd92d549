using Posthorn.ServiceBusDouble;

namespace Azure.Messaging.ServiceBus;

/// <summary>What a sender is made with.</summary>
public class ServiceBusSenderOptions
{
    public string? Identifier { get; set; }
}

/// <summary>What a receiver is made with.</summary>
public class ServiceBusReceiverOptions
{
    /// <summary>Default: 0. The double never prefetches; the number only allows a receive that does not wait, as in the SDK.</summary>
    public int PrefetchCount
    {
        get;
        set => field = Require.AtLeast(value, 0, nameof(PrefetchCount));
    }

    public ServiceBusReceiveMode ReceiveMode { get; set; }

    public string? Identifier { get; set; }

    public SubQueue SubQueue { get; set; }
}

/// <summary>What a receiver of one session is made with.</summary>
public class ServiceBusSessionReceiverOptions
{
    /// <inheritdoc cref="ServiceBusReceiverOptions.PrefetchCount"/>
    public int PrefetchCount
    {
        get;
        set => field = Require.AtLeast(value, 0, nameof(PrefetchCount));
    }

    public ServiceBusReceiveMode ReceiveMode { get; set; }

    public string? Identifier { get; set; }
}

/// <summary>How large a batch may grow.</summary>
public class CreateMessageBatchOptions
{
    /// <summary>The smallest that the SDK allows, in bytes.</summary>
    internal const long Smallest = 24;

    /// <summary>In bytes; what the entity allows when null.</summary>
    public long? MaxSizeInBytes
    {
        get;
        set => field = value is { } size ? Require.AtLeast(size, Smallest, nameof(MaxSizeInBytes)) : null;
    }
}
