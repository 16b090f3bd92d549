using System.Net;
using Posthorn.ServiceBusDouble;

namespace Azure.Messaging.ServiceBus;

/// <summary>What a client is made with; what concerns the network is kept and not used.</summary>
public class ServiceBusClientOptions
{
    public ServiceBusTransportType TransportType { get; set; }

    public IWebProxy? WebProxy { get; set; }

    public string? Identifier { get; set; }

    public Uri? CustomEndpointAddress { get; set; }

    /// <summary>Default: one minute.</summary>
    public TimeSpan ConnectionIdleTimeout
    {
        get;
        set => field = Require.NotNegative(value, nameof(ConnectionIdleTimeout));
    } = TimeSpan.FromMinutes(1);

    public ServiceBusRetryOptions RetryOptions
    {
        get;
        set => field = Require.NotNull(value, nameof(RetryOptions));
    } = new();

    /// <summary>
    /// Whether a transaction may touch several entities: all go through the entity this client touched first, and messages can be received
    /// from no other.
    /// </summary>
    public bool EnableCrossEntityTransactions { get; set; }

    internal ServiceBusClientOptions Copy()
    {
        var copy = (ServiceBusClientOptions)MemberwiseClone();
        copy.RetryOptions = RetryOptions.Copy();
        return copy;
    }
}
