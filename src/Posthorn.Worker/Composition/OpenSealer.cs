using Posthorn.Settings;
using Posthorn.Signing;
using Posthorn.Worker.Sealing;

namespace Posthorn.Worker.Composition;

/// <summary>What the configuration seals with.</summary>
internal static class OpenSealer
{
    /// <summary>Opens the keys of <c>sealing:key</c>; else the key ring beside the queue, making it when there is none.</summary>
    /// <exception cref="SettingsException">The keys cannot be had now.</exception>
    public static ISecretSealer Open(WorkerSettings settings)
    {
        var ring = Path.GetFullPath(settings.Queue.LocalPath);
        if (!settings.Sealing.IsShared) return KeyRing.Open(ring);
        try
        {
            var read = Source(settings);
            // A command begins with this, and nothing else runs yet.
            var keys = settings.Sealing.Keys ?? read?.Invoke().GetAwaiter().GetResult() ?? [];
            return new SharedSealer(keys, read, KeyRing.OpenExisting(ring), TimeProvider.System);
        }
        catch (SecretUnavailableException missing)
        {
            throw new SettingsException(SealingOptions.KeySetting, missing.Message, SealingKey.Accepted);
        }
    }

    /// <summary>Reads the keys where they may change while this process runs; null where they are part of its settings.</summary>
    private static Func<Task<IReadOnlyList<SealingKey>>>? Source(WorkerSettings settings) => settings.Sealing switch
    {
        { File: { } path } => () => KeySource.OfFileAsync(path),
        { VaultSecret: { } name } when settings.KeyVault.Url is { } vault => () => KeySource.OfVaultAsync(vault, name),
        _ => null,
    };
}
