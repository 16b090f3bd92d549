using Posthorn.KeyVault;
using Posthorn.Signing;

namespace Posthorn.Worker.Composition;

/// <summary>The stores of the configuration that references point into.</summary>
internal static class SecretSources
{
    public static SecretStores Open(WorkerSettings settings, ILoggerFactory logging)
    {
        var configured = new ConfigSecretStore(settings.Configuration);
        return settings.KeyVault.Url is { } vault
            ? new SecretStores(configured, KeyVaultSecretStore.Open(vault, settings.KeyVault, settings.Sealing.VaultSecret, TimeProvider.System, logging.CreateLogger<KeyVaultSecretStore>()))
            : new SecretStores(configured);
    }
}
