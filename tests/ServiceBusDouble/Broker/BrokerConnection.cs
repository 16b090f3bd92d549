using System.Transactions;
using Azure.Messaging.ServiceBus;

namespace Posthorn.ServiceBusDouble;

/// <summary>One client's connection: every call to the broker goes through here.</summary>
internal sealed class BrokerConnection(string host, ServiceBusClientOptions options)
{
    private readonly HashSet<ReceiverLink> _links = [];
    private volatile InMemoryNamespace? _space;
    private volatile bool _isClosed;
    private string? _via;
    private string? _viaReceiver;

    public string Host => host;

    public ServiceBusClientOptions Options => options;

    public bool IsClosed => _isClosed;

    public void ThrowIfClosed() => Require.Open(_isClosed, "ServiceBusConnection");

    /// <summary>Makes a call that takes effect at once, under the namespace's gate.</summary>
    public Task<T> CallAsync<T>(
        BrokerOperation operation,
        string path,
        IReadOnlyList<string> messageIds,
        Func<InMemoryNamespace, T> effect,
        CancellationToken cancellationToken) =>
        CallWaitingAsync(
            operation,
            path,
            messageIds,
            space =>
            {
                lock (space.Gate) return Task.FromResult(effect(space));
            },
            cancellationToken);

    /// <summary>Makes a call: 1. it is logged, 2. its fault may strike before, 3. it takes effect, 4. its fault may strike after.</summary>
    public async Task<T> CallWaitingAsync<T>(
        BrokerOperation operation,
        string path,
        IReadOnlyList<string> messageIds,
        Func<InMemoryNamespace, Task<T>> effect,
        CancellationToken cancellationToken)
    {
        ThrowIfClosed();
        Require.NotCancelled(cancellationToken);
        var space = Reach();
        var call = space.Calls.Add(operation, path, messageIds, space.Now, Transaction.Current is not null);
        await Task.Yield(); // As on a network, no call has ended when it returns its task.
        var fault = space.Faults.For(call);
        if (fault is not null) await fault.StrikeBeforeAsync(call, cancellationToken);
        var result = await effect(space);
        fault?.StrikeAfter(call);
        return result;
    }

    /// <summary>The namespace that answers at the host now.</summary>
    /// <exception cref="ServiceBusException">None does.</exception>
    public InMemoryNamespace Reach()
    {
        var space = InMemoryNamespace.At(host);
        if (_space == space) return space;
        _space = space;
        space.Meet(this);
        return space;
    }

    /// <summary>
    /// Opens a link to an entity, or finds that it may not. With transactions across entities everything goes through the entity touched first,
    /// messages can be received from no other, and after a drop a receiver has to come back before a sender does.
    /// </summary>
    /// <exception cref="InvalidOperationException">The client goes through another entity.</exception>
    public void Touch(string path, bool receives)
    {
        if (!options.EnableCrossEntityTransactions) return;
        if (!receives && _via is null && _viaReceiver is not null && !EntityPaths.AreSame(_viaReceiver, path)) throw Refusal.SpansEntities(_viaReceiver, path);
        if (receives && _via is not null && !EntityPaths.AreSame(_via, path)) throw Refusal.SpansEntities(_via, path);
        _via ??= path;
        if (receives) _viaReceiver ??= path;
    }

    /// <summary>A receiver's link to an entity: the one it has, or a new one where that is gone.</summary>
    public ReceiverLink Attach(ReceiverLink? known, BrokerEntity entity)
    {
        Touch(entity.Path, receives: true);
        if (known is { IsAttached: true } && known.Entity == entity) return known;
        var link = new ReceiverLink(entity);
        _links.Add(link);
        return link;
    }

    /// <summary>A receiver closes its link.</summary>
    public void Detach(ReceiverLink? link)
    {
        if (link is null || _space is not { } space) return;
        lock (space.Gate)
        {
            link.Entity.Queue.Catch(space.Now); // A lock that ended before is not given back, but lost.
            _links.Remove(link);
            link.Entity.Detach(link);
        }
    }

    /// <summary>The network drops, under the namespace's gate.</summary>
    public void Drop()
    {
        foreach (var link in _links) link.Entity.Detach(link);
        _links.Clear();
        _via = null;
    }

    public void Close()
    {
        if (_isClosed) return;
        _isClosed = true;
        _space?.Forget(this);
    }
}
