using Posthorn.KeyVault;
using Posthorn.Signing;

namespace Posthorn.Worker.Sealing;

/// <summary>Reads the sealing keys from where they are kept.</summary>
internal static class KeySource
{
    /// <summary>The keys of a mounted file.</summary>
    /// <exception cref="SecretUnavailableException">It cannot be read, or holds no key.</exception>
    public static async Task<IReadOnlyList<SealingKey>> OfFileAsync(string path)
    {
        try
        {
            return Read(await File.ReadAllTextAsync(path), $"the file '{path}'");
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new SecretUnavailableException($"the file '{path}' cannot be read: {refused.Message}");
        }
    }

    /// <summary>The keys of every version of a secret, the newest first: an old version opens what it sealed until it is disabled.</summary>
    /// <exception cref="SecretUnavailableException">The vault cannot be asked, or there is no key in it.</exception>
    public static async Task<IReadOnlyList<SealingKey>> OfVaultAsync(Uri vault, string name)
    {
        var texts = await VaultTexts.ReadAsync(vault, name, TimeProvider.System);
        return Read(string.Join(',', texts.Select(text => text.Reveal())), $"the secret '{name}' of Key Vault");
    }

    private static IReadOnlyList<SealingKey> Read(string text, string place) =>
        SealingKey.ReadAll(text) ?? throw new SecretUnavailableException($"{place} holds something that is not a key (it is not shown)");
}
