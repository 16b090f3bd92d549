using Azure.Messaging.ServiceBus;
using Posthorn.Settings;

namespace Posthorn.ServiceBus;

/// <summary>The Azure Service Bus queue. Section <c>queue</c>, its own settings below <c>serviceBus</c>.</summary>
public sealed record ServiceBusQueueOptions
{
    /// <summary>The variable that names the namespace with its key, as in <c>serviceBus:connectionString</c>; setting it selects this queue.</summary>
    public const string ConnectionStringVariable = "AZURE_SERVICE_BUS_CONNECTION_STRING";

    /// <summary>The variable that names the queue.</summary>
    public const string QueueVariable = "AZURE_SERVICE_BUS_QUEUE_NAME";

    /// <summary>The namespace's host name, <c>NAME.servicebus.windows.net</c>: the way in without a password, by the identity of the workload.</summary>
    public string? Namespace { get; init; }

    /// <summary>A connection string instead: with a key, or of the emulator. A secret.</summary>
    public string? ConnectionString { get; init; }

    /// <summary>The queue. Default: <c>notifications</c>.</summary>
    public string Queue { get; init; } = "notifications";

    /// <summary>How it is reached: <c>amqpTcp</c> (port 5671) or <c>amqpWebSockets</c> (port 443). Default: amqpTcp.</summary>
    public ServiceBusTransportType Transport { get; init; } = ServiceBusTransportType.AmqpTcp;

    /// <summary>A proxy for WebSockets; null is none.</summary>
    public Uri? Proxy { get; init; }

    /// <summary>Connections that mail is received through; one carries some hundred messages a second. Default: 1; at most 32.</summary>
    public int Clients { get; init; } = 1;

    /// <summary>Whether the queue requires sessions: messages of one ordering key are then delivered in order. Default: false.</summary>
    public bool Sessions { get; init; }

    /// <summary>Sessions that are held at once by this process. Default: 32; at most 500.</summary>
    public int MaxSessions { get; init; } = 32;

    /// <summary>The SDK's own retrying of one operation.</summary>
    public ServiceBusRetryOptions Retry { get; init; } = new();

    /// <summary>The queue's lock duration, by which locks are renewed. Default: 1 min.</summary>
    public TimeSpan LockDuration { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Whether a key stays held when its head is dead-lettered.</summary>
    public bool HoldsExhausted { get; init; }

    /// <summary>How long a receive that is not to wait asks for; less than a round trip gets nothing, though something is there.</summary>
    internal TimeSpan Glance { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>The host name of the namespace, for people.</summary>
    public string Host => ConnectionString is null ? Namespace ?? "" : ConnectionParts.HostOf(ConnectionString);

    /// <summary>Reads the section <c>queue</c>.</summary>
    public static ServiceBusQueueOptions From(SettingsSection queue, Func<string, string?> variable)
    {
        ArgumentNullException.ThrowIfNull(queue);
        ArgumentNullException.ThrowIfNull(variable);
        var section = queue.Child("serviceBus");
        section.AcceptOnly("namespace", "connectionString", "queue", "transport", "proxy", "clients", "sessions", "maxSessions", "retry");
        var defaults = new ServiceBusQueueOptions();
        var connectionString = Given(section.Text("connectionString")) ?? Given(variable(ConnectionStringVariable));
        var transport = section.Choice("transport", defaults.Transport);
        var options = new ServiceBusQueueOptions
        {
            Namespace = Given(section.Text("namespace")),
            ConnectionString = connectionString,
            Queue = Given(section.Text("queue")) ?? Given(variable(QueueVariable)) ?? defaults.Queue,
            Transport = transport,
            Proxy = ProxyOf(section, transport),
            Clients = section.Integer("clients", defaults.Clients, 1, 32),
            Sessions = section.Flag("sessions", defaults.Sessions),
            MaxSessions = section.Integer("maxSessions", defaults.MaxSessions, 1, 500),
            Retry = RetryOf(section.Child("retry")),
            LockDuration = queue.Duration("lockDuration", defaults.LockDuration, TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(5)),
        };
        ConnectionParts.Judge(section, options);
        return options;
    }

    private static string? Given(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();

    private static Uri? ProxyOf(SettingsSection section, ServiceBusTransportType transport)
    {
        if (Given(section.Text("proxy")) is not { } text) return null;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var proxy) || proxy.Scheme != Uri.UriSchemeHttp || proxy.UserInfo.Length > 0)
            return section.Wrong<Uri?>("proxy", proxy is null || proxy.UserInfo.Length == 0 ? text : "a URL with credentials", "http://HOST:PORT, without credentials", null);
        return transport == ServiceBusTransportType.AmqpWebSockets ? proxy : section.Wrong<Uri?>("proxy", text, "a proxy with transport amqpWebSockets only, as AMQP over TCP goes through none", null);
    }

    private static ServiceBusRetryOptions RetryOf(SettingsSection retry)
    {
        retry.AcceptOnly("maxRetries", "delay", "maxDelay", "tryTimeout", "mode");
        var defaults = new ServiceBusRetryOptions();
        return new ServiceBusRetryOptions
        {
            MaxRetries = retry.Integer("maxRetries", defaults.MaxRetries, 0, 100),
            Delay = retry.Duration("delay", defaults.Delay, TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(5)),
            MaxDelay = retry.Duration("maxDelay", defaults.MaxDelay, TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(10)),
            TryTimeout = retry.Duration("tryTimeout", defaults.TryTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10)),
            Mode = retry.Choice("mode", defaults.Mode),
        };
    }

    /// <summary>Tells the namespace and the queue, and never the key.</summary>
    public override string ToString() => $"{Host}/{Queue}";
}
