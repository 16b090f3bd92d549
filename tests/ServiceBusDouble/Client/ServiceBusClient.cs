using Azure.Core;
using Posthorn.ServiceBusDouble;

namespace Azure.Messaging.ServiceBus;

/// <summary>
/// The double of the SDK's client: it reaches the <see cref="InMemoryNamespace"/> that runs under the host's name. As in the SDK nothing is
/// connected before the first call, and clients, senders and receivers may be used by many threads.
/// </summary>
public class ServiceBusClient : IAsyncDisposable
{
    private readonly BrokerConnection _connection;
    private readonly string? _onlyEntity;

    public ServiceBusClient(string connectionString)
        : this(connectionString, new ServiceBusClientOptions())
    {
    }

    public ServiceBusClient(string connectionString, ServiceBusClientOptions? options)
        : this(ConnectionString.Parse(connectionString), options)
    {
    }

    public ServiceBusClient(string fullyQualifiedNamespace, TokenCredential credential)
        : this(fullyQualifiedNamespace, credential, new ServiceBusClientOptions())
    {
    }

    public ServiceBusClient(string fullyQualifiedNamespace, TokenCredential credential, ServiceBusClientOptions? options)
        : this((Host(fullyQualifiedNamespace), null), options)
    {
        if (credential is null) throw new ArgumentException("The credential provided is not a supported type.", nameof(credential));
    }

    private ServiceBusClient((string Host, string? EntityPath) address, ServiceBusClientOptions? options)
    {
        var own = options?.Copy() ?? new ServiceBusClientOptions();
        _connection = new BrokerConnection(address.Host, own);
        _onlyEntity = address.EntityPath;
        Identifier = string.IsNullOrEmpty(own.Identifier) ? $"{address.Host}-{Guid.NewGuid()}" : own.Identifier;
    }

    public virtual string FullyQualifiedNamespace => _connection.Host;

    public virtual bool IsClosed => _connection.IsClosed;

    public ServiceBusTransportType TransportType => _connection.Options.TransportType;

    public virtual string Identifier { get; }

    public virtual ServiceBusSender CreateSender(string queueOrTopicName) => new(_connection, Entity(queueOrTopicName), null);

    public virtual ServiceBusSender CreateSender(string queueOrTopicName, ServiceBusSenderOptions? options) =>
        new(_connection, Entity(queueOrTopicName), options);

    public virtual ServiceBusReceiver CreateReceiver(string queueName) => new(_connection, Entity(queueName), null);

    public virtual ServiceBusReceiver CreateReceiver(string queueName, ServiceBusReceiverOptions? options) => new(_connection, Entity(queueName), options);

    /// <summary>Waits for a session that has a message to receive and is held by nobody.</summary>
    /// <exception cref="ServiceBusException">None came within the <see cref="ServiceBusRetryOptions.TryTimeout"/>.</exception>
    public virtual Task<ServiceBusSessionReceiver> AcceptNextSessionAsync(
        string queueName, ServiceBusSessionReceiverOptions? options = null, CancellationToken cancellationToken = default) =>
        ServiceBusSessionReceiver.AcceptAsync(_connection, Entity(queueName), null, options, cancellationToken);

    /// <summary>Takes the session of an id, whether it has messages or not; the next session when the id is null.</summary>
    /// <exception cref="ServiceBusException">Another receiver holds it.</exception>
    public virtual Task<ServiceBusSessionReceiver> AcceptSessionAsync(
        string queueName, string? sessionId, ServiceBusSessionReceiverOptions? options = null, CancellationToken cancellationToken = default) =>
        ServiceBusSessionReceiver.AcceptAsync(_connection, Entity(queueName), sessionId, options, cancellationToken);

    /// <summary>Closes the connection, and with it every link.</summary>
    public virtual ValueTask DisposeAsync()
    {
        _connection.Close();
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    private static string Host(string fullyQualifiedNamespace) => ConnectionString.HostOf(fullyQualifiedNamespace) ?? throw new ArgumentException(
        $"The value '{fullyQualifiedNamespace}' is not a well-formed Service Bus fully qualified namespace.", nameof(fullyQualifiedNamespace));

    private string Entity(string entityPath)
    {
        if (!string.IsNullOrEmpty(_onlyEntity) && !EntityPaths.AreSame(_onlyEntity, entityPath))
            throw new ArgumentException("The name provided does not match the EntityPath in the connection string.", nameof(entityPath));
        _connection.ThrowIfClosed();
        return Require.NotBlank(entityPath, nameof(entityPath));
    }
}
