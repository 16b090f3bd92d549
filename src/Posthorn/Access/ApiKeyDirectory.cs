using System.Security.Cryptography;
using System.Text;

namespace Posthorn.Access;

/// <summary>The API keys in memory: those of the configuration, which may do everything, and those of the store.</summary>
public sealed class ApiKeyDirectory(IApiKeyStore store, IReadOnlyList<byte[]> configured)
{
    private volatile Dictionary<string, ApiKey> _stored = new(StringComparer.Ordinal);

    /// <summary>Whether there is any key, revoked ones counted: then a key that is shown is judged, wherever the call comes from.</summary>
    public bool HasAny => configured.Count > 0 || _stored.Count > 0;

    /// <summary>Whether any call could be let through by a key.</summary>
    public bool HasUsable => configured.Count > 0 || _stored.Values.Any(key => key.RevokedAt is null);

    /// <summary>Reads the store's keys.</summary>
    /// <exception cref="StoreUnavailableException">The store cannot be read; what is known stays.</exception>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        var keys = new Dictionary<string, ApiKey>(StringComparer.Ordinal);
        foreach (var key in await store.ListAsync(cancellationToken)) keys[key.Hash] = key;
        _stored = keys;
    }

    /// <summary>Whose key it is; null when it is nobody's, or revoked.</summary>
    public Caller? Find(string key)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(key));
        var isConfigured = false;
        foreach (var accepted in configured) isConfigured |= CryptographicOperations.FixedTimeEquals(hash, accepted);
        if (isConfigured) return Caller.Configured;
        // Looked up by the digest of what was shown, whose timing says nothing of a key.
        return _stored.TryGetValue(Convert.ToHexStringLower(hash), out var stored) && stored.RevokedAt is null ? new Caller(stored.Name, stored.Roles, stored.Tenant) : null;
    }
}
