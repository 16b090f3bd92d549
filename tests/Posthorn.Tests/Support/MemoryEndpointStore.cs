using Posthorn.Endpoints;
using Posthorn.Stores;

namespace Posthorn.Tests.Support;

/// <summary>Endpoints in memory: revisions grow over all of them, and a change of what somebody else has changed is refused.</summary>
internal sealed class MemoryEndpointStore : MemoryStore, IEndpointStore
{
    private readonly Dictionary<string, Endpoint> _endpoints = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, EventType> _types = new(StringComparer.Ordinal);
    private long _revision;

    /// <summary>Happens just before each change is compared: somebody else may be faster.</summary>
    public Action<Endpoint>? BeforeUpdate { get; set; }

    /// <summary>How many changes were written.</summary>
    public int Updates { get; private set; }

    /// <summary>The endpoint as it is stored; deleted ones too.</summary>
    public Endpoint this[string id]
    {
        get
        {
            lock (Gate) return _endpoints[id];
        }
    }

    /// <summary>Writes an endpoint, whoever else has changed it.</summary>
    public void Put(Endpoint endpoint)
    {
        lock (Gate) _endpoints[endpoint.Id] = endpoint with { Revision = ++_revision };
    }

    public Task<Endpoint> AddAsync(Endpoint endpoint, CancellationToken cancellationToken) =>
        Answer(() => _endpoints.TryAdd(endpoint.Id, endpoint with { Revision = ++_revision }) ? _endpoints[endpoint.Id] : throw new StoreUnavailableException("there already"));

    public Task<Endpoint?> FindAsync(string id, CancellationToken cancellationToken) => Answer(() => Living(id));

    public Task<Endpoint?> UpdateAsync(Endpoint endpoint, CancellationToken cancellationToken)
    {
        BeforeUpdate?.Invoke(endpoint);
        return Answer<Endpoint?>(() =>
        {
            if (Living(endpoint.Id)?.Revision != endpoint.Revision) return null;
            Updates++;
            var stored = endpoint.Status == EndpointStatus.Deleted ? endpoint with { Sealed = "", Description = null } : endpoint;
            return _endpoints[endpoint.Id] = stored with { Revision = ++_revision };
        });
    }

    public Task<IReadOnlyList<Endpoint>> ListAsync(string? tenant, string? afterId, int max, CancellationToken cancellationToken) => Answer<IReadOnlyList<Endpoint>>(() =>
    [
        .. _endpoints.Values.Where(each => each.Status != EndpointStatus.Deleted && (tenant is null || each.Tenant == tenant) && string.CompareOrdinal(each.Id, afterId) > 0)
            .OrderBy(each => each.Id, StringComparer.Ordinal).Take(max),
    ]);

    public Task<IReadOnlyList<Endpoint>> ChangesAsync(long afterRevision, int max, CancellationToken cancellationToken) =>
        Answer<IReadOnlyList<Endpoint>>(() => [.. _endpoints.Values.Where(each => each.Revision > afterRevision).OrderBy(each => each.Revision).Take(max)]);

    public Task<IReadOnlyList<EventType>> EventTypesAsync(CancellationToken cancellationToken) => Answer<IReadOnlyList<EventType>>(() => [.. _types.Values]);

    public Task PutEventTypeAsync(EventType eventType, CancellationToken cancellationToken) => Answer(() => _types[eventType.Name] = eventType);

    public Task<bool> RemoveEventTypeAsync(string name, CancellationToken cancellationToken) => Answer(() => _types.Remove(name));

    private Endpoint? Living(string id) => _endpoints.GetValueOrDefault(id) is { Status: not EndpointStatus.Deleted } endpoint ? endpoint : null;
}
