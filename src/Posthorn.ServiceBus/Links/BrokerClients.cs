using Azure.Core;
using Azure.Identity;
using Azure.Messaging.ServiceBus;
using Azure.Messaging.ServiceBus.Administration;

namespace Posthorn.ServiceBus.Links;

/// <summary>The connections to one queue: one client for sending, several for receiving, and one apart for what spans two entities.</summary>
internal sealed class BrokerClients : IAsyncDisposable
{
    private readonly ServiceBusQueueOptions _options;
    private readonly Lazy<TokenCredential> _identity = new(() => new DefaultAzureCredential());
    private readonly List<ServiceBusClient> _clients;
    private readonly Lazy<ServiceBusClient> _crossing;

    public BrokerClients(ServiceBusQueueOptions options)
    {
        _options = options;
        _clients = [.. Enumerable.Range(0, options.Clients).Select(_ => Connect(crossesEntities: false))];
        _crossing = new Lazy<ServiceBusClient>(() => Connect(crossesEntities: true));
        Sender = _clients[0].CreateSender(options.Queue);
        Looker = _clients[0].CreateReceiver(options.Queue);
        DeadLooker = _clients[0].CreateReceiver(options.Queue, new ServiceBusReceiverOptions { SubQueue = SubQueue.DeadLetter });
        Links = [.. _clients.Select(client => new BrokerLink(client.CreateReceiver(options.Queue), ReferenceEquals(client, _clients[0]) ? Sender : client.CreateSender(options.Queue)))];
    }

    /// <summary>The queue's name.</summary>
    public string Queue => _options.Queue;

    /// <summary>The first client, which sessions are accepted by.</summary>
    public ServiceBusClient Client => _clients[0];

    /// <summary>Sends to the queue.</summary>
    public ServiceBusSender Sender { get; }

    /// <summary>Looks at the queue, and locks nothing.</summary>
    public ServiceBusReceiver Looker { get; }

    /// <summary>Looks at the dead letters, and locks nothing.</summary>
    public ServiceBusReceiver DeadLooker { get; }

    /// <summary>Receivers with the senders of their clients: a transaction stays on one client.</summary>
    public IReadOnlyList<BrokerLink> Links { get; }

    /// <summary>
    /// Receives dead letters and sends to the queue, in transactions that span both. It is a client of its own, as the first entity
    /// that such a client touches becomes the one that its transactions go through.
    /// </summary>
    public (ServiceBusReceiver Dead, ServiceBusSender Alive) Crossing() => (
        _crossing.Value.CreateReceiver(Queue, new ServiceBusReceiverOptions { SubQueue = SubQueue.DeadLetter }), _crossing.Value.CreateSender(Queue));

    /// <summary>The namespace's management, which needs the right to manage.</summary>
    public ServiceBusAdministrationClient Administration() => _options.ConnectionString is { } text
        ? new ServiceBusAdministrationClient(ConnectionParts.ForManagement(text))
        : new ServiceBusAdministrationClient(_options.Namespace ?? "", _identity.Value);

    public async ValueTask DisposeAsync()
    {
        if (_crossing.IsValueCreated) await _crossing.Value.DisposeAsync();
        foreach (var client in _clients) await client.DisposeAsync();
    }

    private ServiceBusClient Connect(bool crossesEntities)
    {
        var how = new ServiceBusClientOptions
        {
            EnableCrossEntityTransactions = crossesEntities,
            RetryOptions = _options.Retry,
            TransportType = _options.Transport,
            WebProxy = _options.Proxy is { } proxy ? new System.Net.WebProxy(proxy) : null,
        };
        return _options.ConnectionString is { } text ? new ServiceBusClient(text, how) : new ServiceBusClient(_options.Namespace ?? "", _identity.Value, how);
    }
}
