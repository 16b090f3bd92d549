namespace Posthorn.Access;

/// <summary>Keeps API keys. Every member may throw <see cref="StoreUnavailableException"/>.</summary>
public interface IApiKeyStore
{
    /// <summary>Adds a key.</summary>
    /// <returns>False when a key of that name is there and not revoked.</returns>
    Task<bool> AddAsync(ApiKey key, CancellationToken cancellationToken);

    /// <summary>All keys, revoked ones among them, by name and then by age.</summary>
    Task<IReadOnlyList<ApiKey>> ListAsync(CancellationToken cancellationToken);

    /// <summary>Revokes the key with this id, or the one of this name that is not revoked.</summary>
    /// <returns>The key; null when there is none to revoke.</returns>
    Task<ApiKey?> RevokeAsync(string idOrName, DateTimeOffset now, CancellationToken cancellationToken);
}
