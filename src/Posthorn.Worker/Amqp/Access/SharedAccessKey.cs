using System.Security.Cryptography;
using System.Text;
using Posthorn.Signing;

namespace Posthorn.Worker.Amqp.Access;

/// <summary>The key of the front door with its name: the <c>SharedAccessKeyName</c> and <c>SharedAccessKey</c> of a connection string.</summary>
internal sealed class SharedAccessKey(string name, SigningSecret key)
{
    private readonly byte[] _key = Encoding.UTF8.GetBytes(key.Reveal());

    /// <summary>Whether these are its name and the key itself.</summary>
    public bool Is(string otherName, string otherKey) =>
        string.Equals(otherName, name, StringComparison.Ordinal)
        & CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(otherKey)), SHA256.HashData(_key));

    /// <summary>Says what is wrong with a token, or null when it may be used for a resource now.</summary>
    /// <param name="token">The token.</param>
    /// <param name="resource">The URL of what access is asked to.</param>
    /// <param name="now">Now.</param>
    public string? FaultOf(SharedAccessSignature token, string resource, DateTimeOffset now)
    {
        if (!string.Equals(token.KeyName, name, StringComparison.Ordinal)) return "the token's key name is not known here";
        if (!CryptographicOperations.FixedTimeEquals(token.Signature, HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(token.Signed)))) return "the token's signature is not valid";
        if (token.ExpiresAt <= now) return "the token has expired";
        return token.Covers(resource) ? null : "the token is for another resource";
    }
}
