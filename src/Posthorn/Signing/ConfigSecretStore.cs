using Microsoft.Extensions.Configuration;

namespace Posthorn.Signing;

/// <summary><c>secrets:NAME</c> of the configuration: one secret, or a list, the first of which signs, and the others too while receivers change over.</summary>
public sealed class ConfigSecretStore(IConfiguration configuration) : ISecretStore
{
    /// <inheritdoc/>
    public string Scheme => SecretReference.ConfigStore;

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<SigningSecret>> FindAsync(string name, CancellationToken cancellationToken)
    {
        var section = configuration.GetSection("secrets").GetSection(name);
        var values = section.Value is { Length: > 0 } one ? [one] : section.GetChildren().Select(child => child.Value).OfType<string>().Where(value => value.Length > 0);
        var secrets = values.Select(value => new SigningSecret(value)).ToList();
        return secrets.Count > 0 ? new(secrets) : throw new SecretUnavailableException($"the configuration has no secrets:{name}");
    }
}
