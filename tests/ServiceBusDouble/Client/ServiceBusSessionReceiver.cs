using Posthorn.ServiceBusDouble;

namespace Azure.Messaging.ServiceBus;

/// <summary>Receives one session's messages, in order, while it holds the session. A session that was lost has to be accepted anew.</summary>
public class ServiceBusSessionReceiver : ServiceBusReceiver
{
    private readonly SessionLock _session;

    private ServiceBusSessionReceiver(BrokerConnection connection, string queueName, ServiceBusReceiverOptions? options, SessionLock session)
        : base(connection, queueName, options)
    {
        _session = session;
        Link = session.Link;
    }

    public virtual string SessionId => _session.Id;

    /// <summary>Whether it was closed, or its session is lost.</summary>
    public override bool IsClosed => base.IsClosed || !_session.IsHeld;

    public virtual DateTimeOffset SessionLockedUntil => _session.Until;

    /// <summary>What the session keeps; null when it keeps nothing.</summary>
    public virtual Task<BinaryData?> GetSessionStateAsync(CancellationToken cancellationToken = default) =>
        CallAsync(BrokerOperation.GetState, (_, entity) => entity.Sessions.States.GetValueOrDefault(SessionId), cancellationToken);

    /// <summary>Keeps something with the session, messages or not, until it is cleared with null. Not a part of a transaction.</summary>
    public virtual Task SetSessionStateAsync(BinaryData? sessionState, CancellationToken cancellationToken = default)
    {
        var state = sessionState is null ? null : BinaryData.FromBytes(sessionState.ToArray());
        return CallAsync(BrokerOperation.SetState, (_, entity) => Keep(entity, state), cancellationToken);
    }

    /// <summary>Locks the session for the queue's lock duration from now.</summary>
    public virtual Task RenewSessionLockAsync(CancellationToken cancellationToken = default) =>
        CallAsync(BrokerOperation.RenewSession, (space, entity) => _session.Until = space.Now + entity.Queue.Rules.LockDuration, cancellationToken);

    internal static async Task<ServiceBusSessionReceiver> AcceptAsync(
        BrokerConnection connection, string queueName, string? sessionId, ServiceBusSessionReceiverOptions? options, CancellationToken cancellationToken)
    {
        var wait = connection.Options.RetryOptions.TryTimeout;
        var session = await connection.CallWaitingAsync(
            BrokerOperation.AcceptSession,
            queueName,
            [],
            space => Waiting.ForAsync(space, queueName, entity => Accept(entity, space.Now), wait, cancellationToken),
            cancellationToken);
        return session is null
            ? throw Refusal.Of(ServiceBusFailureReason.ServiceTimeout, queueName)
            : new ServiceBusSessionReceiver(connection, queueName, Plain(options), session);

        SessionLock? Accept(BrokerEntity entity, DateTimeOffset now)
        {
            connection.ThrowIfClosed();
            return entity.Accept(sessionId, () => connection.Attach(null, entity), now);
        }
    }

    internal override ReceiverLink Attached(BrokerEntity entity) => _session.IsHeld ? _session.Link : throw Refusal.SessionLockLost();

    private static ServiceBusReceiverOptions? Plain(ServiceBusSessionReceiverOptions? options) => options is null ? null : new ServiceBusReceiverOptions
    {
        PrefetchCount = options.PrefetchCount,
        ReceiveMode = options.ReceiveMode,
        Identifier = options.Identifier,
    };

    private Task<T> CallAsync<T>(BrokerOperation operation, Func<InMemoryNamespace, BrokerEntity, T> effect, CancellationToken cancellationToken)
    {
        CheckOpen();
        return Connection.CallAsync(operation, EntityPath, [], Call, cancellationToken);

        T Call(InMemoryNamespace space)
        {
            var entity = space.Entity(EntityPath);
            return _session.IsHeld ? effect(space, entity) : throw Refusal.SessionLockLost();
        }
    }

    private bool Keep(BrokerEntity entity, BinaryData? state)
    {
        var limit = entity.Queue.Rules.MaxSessionStateBytes;
        if (state is null) return entity.Sessions.States.Remove(SessionId);
        if (state.ToMemory().Length > limit) throw Refusal.TooLarge(state.ToMemory().Length, limit, EntityPath);
        entity.Sessions.States[SessionId] = state;
        return true;
    }
}
