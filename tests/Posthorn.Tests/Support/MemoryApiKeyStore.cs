using Posthorn.Access;

namespace Posthorn.Tests.Support;

/// <summary>API keys in memory.</summary>
internal sealed class MemoryApiKeyStore : MemoryStore, IApiKeyStore
{
    private readonly List<ApiKey> _keys = [];

    public Task<bool> AddAsync(ApiKey key, CancellationToken cancellationToken) => Answer(() =>
    {
        if (_keys.Exists(each => each.Name == key.Name && each.RevokedAt is null)) return false;
        _keys.Add(key);
        return true;
    });

    public Task<IReadOnlyList<ApiKey>> ListAsync(CancellationToken cancellationToken) => Answer<IReadOnlyList<ApiKey>>(() => [.. _keys.OrderBy(key => key.Name, StringComparer.Ordinal)]);

    public Task<ApiKey?> RevokeAsync(string idOrName, DateTimeOffset now, CancellationToken cancellationToken) => Answer(() =>
    {
        var at = _keys.FindIndex(key => key.RevokedAt is null && (key.Id == idOrName || key.Name == idOrName));
        return at < 0 ? null : _keys[at] = _keys[at] with { RevokedAt = now };
    });
}
