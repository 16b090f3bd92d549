using Posthorn.Signing;

namespace Posthorn.KeyVault;

/// <summary>Every version of one secret that may be used now, for what must still be opened by an old one.</summary>
public static class VaultTexts
{
    private const int MostVersions = 16;

    /// <summary>The values of the newest versions, the newest first.</summary>
    /// <exception cref="SecretUnavailableException">There are none, or the vault cannot be asked now.</exception>
    public static Task<IReadOnlyList<SigningSecret>> ReadAsync(Uri vault, string name, TimeProvider clock) => ReadAsync(VaultReader.Of(vault, clock), name);

    internal static async Task<IReadOnlyList<SigningSecret>> ReadAsync(VaultReader vault, string name) => await vault.ReadAsync(name, [], usable => usable.Take(MostVersions)) switch
    {
        VaultAnswer.Found found => [.. found.Versions.Select(version => version.Value)],
        VaultAnswer.Refused refused => throw new SecretUnavailableException(refused.Reason),
        VaultAnswer.Away away => throw new SecretUnavailableException(away.Reason),
        var other => throw new InvalidOperationException($"{other.GetType().Name} is no answer."),
    };
}
