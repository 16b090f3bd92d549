namespace Posthorn.Signing;

/// <summary>Where secrets are kept. It answers freshly enough for a rotated secret to sign the next attempts, and keeps what it must.</summary>
public interface ISecretStore
{
    /// <summary>What a reference to it begins with, before the colon.</summary>
    string Scheme { get; }

    /// <summary>The values under a name, at least one, the newest first; several while a secret rotates.</summary>
    /// <exception cref="SecretUnavailableException">It has none, or cannot be asked now.</exception>
    ValueTask<IReadOnlyList<SigningSecret>> FindAsync(string name, CancellationToken cancellationToken);
}
