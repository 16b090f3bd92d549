namespace Posthorn.Endpoints;

/// <summary>Keeps endpoints. Every member may throw <see cref="StoreUnavailableException"/>.</summary>
public interface IEndpointStore
{
    /// <summary>Adds an endpoint under its own new id.</summary>
    /// <returns>The endpoint with its <see cref="Endpoint.Revision"/>.</returns>
    Task<Endpoint> AddAsync(Endpoint endpoint, CancellationToken cancellationToken);

    /// <summary>Finds an endpoint that is not deleted; null when there is none.</summary>
    Task<Endpoint?> FindAsync(string id, CancellationToken cancellationToken);

    /// <summary>
    /// Replaces an endpoint if nobody else has changed it since it was read: its <see cref="Endpoint.Revision"/> is compared. With
    /// <see cref="EndpointStatus.Deleted"/> its sealed part and description are emptied.
    /// </summary>
    /// <returns>The endpoint with its new revision; null when it was changed meanwhile, or is deleted.</returns>
    Task<Endpoint?> UpdateAsync(Endpoint endpoint, CancellationToken cancellationToken);

    /// <summary>A page of the endpoints that are not deleted, in the order of their ids.</summary>
    /// <param name="tenant">Only this tenant's; null is everyone's.</param>
    /// <param name="afterId">After this id; null is from the first.</param>
    /// <param name="max">The page's size.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    Task<IReadOnlyList<Endpoint>> ListAsync(string? tenant, string? afterId, int max, CancellationToken cancellationToken);

    /// <summary>
    /// What was changed after a revision, deleted ones among it, in the order of revisions: a change that is committed later never
    /// has a smaller revision, so that a reader who goes on from the last one it saw misses nothing.
    /// </summary>
    Task<IReadOnlyList<Endpoint>> ChangesAsync(long afterRevision, int max, CancellationToken cancellationToken);

    /// <summary>The registered event types, by name.</summary>
    Task<IReadOnlyList<EventType>> EventTypesAsync(CancellationToken cancellationToken);

    /// <summary>Adds or replaces an event type.</summary>
    Task PutEventTypeAsync(EventType eventType, CancellationToken cancellationToken);

    /// <summary>Removes an event type.</summary>
    /// <returns>Whether it was there.</returns>
    Task<bool> RemoveEventTypeAsync(string name, CancellationToken cancellationToken);
}

/// <summary>A registered event type.</summary>
public sealed record EventType
{
    /// <summary>The type's name.</summary>
    public required string Name { get; init; }

    /// <summary>What it tells.</summary>
    public string? Description { get; init; }

    /// <summary>The JSON Schema of the data, as JSON; null takes any data.</summary>
    public string? Schema { get; init; }

    /// <summary>When it was registered or last changed.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }
}
