using Azure.Core;
using Posthorn.ServiceBusDouble;

namespace Azure.Messaging.ServiceBus.Administration;

/// <summary>Looks at queues; it needs the right to manage, which <see cref="InMemoryNamespace.GrantsManage"/> takes away.</summary>
public class ServiceBusAdministrationClient
{
    private readonly BrokerConnection _connection;

    public ServiceBusAdministrationClient(string connectionString) =>
        _connection = new BrokerConnection(ConnectionString.Parse(connectionString).Host, new ServiceBusClientOptions());

    public ServiceBusAdministrationClient(string fullyQualifiedNamespace, TokenCredential credential)
    {
        Require.NotNull(credential, nameof(credential));
        _connection = new BrokerConnection(Require.NotBlank(fullyQualifiedNamespace, nameof(fullyQualifiedNamespace)), new ServiceBusClientOptions());
    }

    /// <summary>A queue's rules.</summary>
    /// <exception cref="ServiceBusException">There is no such queue.</exception>
    /// <exception cref="UnauthorizedAccessException">The right to manage is missing.</exception>
    /// <exception cref="AggregateException">The namespace does not answer.</exception>
    public virtual Task<Response<QueueProperties>> GetQueueAsync(string name, CancellationToken cancellationToken = default) =>
        AskAsync(BrokerOperation.GetQueue, name, queue => new QueueProperties(queue), cancellationToken);

    /// <summary>What is in a queue.</summary>
    /// <inheritdoc cref="GetQueueAsync" path="/exception"/>
    public virtual Task<Response<QueueRuntimeProperties>> GetQueueRuntimePropertiesAsync(string name, CancellationToken cancellationToken = default) =>
        AskAsync(BrokerOperation.GetCounts, name, queue => new QueueRuntimeProperties(queue), cancellationToken);

    /// <summary>Whether there is a queue of the name.</summary>
    /// <inheritdoc cref="GetQueueAsync" path="/exception"/>
    public virtual async Task<Response<bool>> QueueExistsAsync(string name, CancellationToken cancellationToken = default)
    {
        try
        {
            return Response.FromValue(true, (await GetQueueAsync(name, cancellationToken)).GetRawResponse());
        }
        catch (ServiceBusException error) when (error.Reason == ServiceBusFailureReason.MessagingEntityNotFound)
        {
            return Response.FromValue(false, new BareResponse(404));
        }
    }

    private async Task<Response<T>> AskAsync<T>(BrokerOperation operation, string name, Func<BrokerQueue, T> answer, CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(name)) throw new ArgumentNullException(nameof(name));
        try
        {
            var value = await _connection.CallAsync(operation, name, [], space => answer(Granted(space).Queue(name)), cancellationToken);
            return Response.FromValue(value, new BareResponse(200));
        }
        catch (ServiceBusException error) when (error.Reason == ServiceBusFailureReason.ServiceCommunicationProblem)
        {
            throw Unreachable(error);
        }
    }

    private static InMemoryNamespace Granted(InMemoryNamespace space) => space.GrantsManage ? space : throw new UnauthorizedAccessException(
        "Manage,EntityRead claims required for this operation.", new RequestFailedException(new BareResponse(401)));

    /// <summary>What HTTP gives after its retries, where AMQP gives an exception of its own.</summary>
    private static AggregateException Unreachable(ServiceBusException error) => new(
        "Retry failed after 4 tries.", Enumerable.Repeat(new RequestFailedException(0, error.Message, new HttpRequestException(error.Message)), 4));
}
