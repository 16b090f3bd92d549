using System.Security.Cryptography;
using System.Text;

namespace Posthorn.Access;

/// <summary>Makes API keys: 40 letters of 5 random bits each after a prefix that scanners for leaked secrets can know.</summary>
public static class ApiKeyMaker
{
    /// <summary>A new key, and what is kept of it.</summary>
    public static (string Key, ApiKey Kept) Make(string name, Roles roles, string? tenant, DateTimeOffset now)
    {
        var key = RandomIds.Make("phk_", 40);
        var kept = new ApiKey
        {
            Id = RandomIds.Make("key_", 16),
            Name = name,
            Hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key))),
            Roles = roles,
            Tenant = tenant,
            CreatedAt = now,
        };
        return (key, kept);
    }
}
