namespace Posthorn.Endpoints;

/// <summary>The registered event types in memory.</summary>
public sealed class EventTypeDirectory(IEndpointStore store)
{
    private volatile IReadOnlyDictionary<string, EventType> _types = new Dictionary<string, EventType>(0);

    /// <summary>All of them, by name.</summary>
    public IReadOnlyDictionary<string, EventType> All => _types;

    /// <summary>Reads the store's event types.</summary>
    /// <exception cref="StoreUnavailableException">The store cannot be read; what is known stays.</exception>
    public async Task RefreshAsync(CancellationToken cancellationToken) =>
        _types = (await store.EventTypesAsync(cancellationToken)).ToDictionary(type => type.Name, StringComparer.Ordinal);
}
