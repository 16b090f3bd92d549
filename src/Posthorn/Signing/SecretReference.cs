namespace Posthorn.Signing;

/// <summary>
/// Where a secret is kept: <c>config:NAME</c> is the configuration's <c>secrets:NAME</c>, <c>keyvault:NAME</c> the secret of that
/// name in Azure Key Vault.
/// </summary>
/// <param name="Store">The store: <c>config</c> or <c>keyvault</c>.</param>
/// <param name="Name">The secret's name in it.</param>
public readonly record struct SecretReference(string Store, string Name)
{
    /// <summary>The store of the configuration.</summary>
    public const string ConfigStore = "config";

    /// <summary>The store of Azure Key Vault.</summary>
    public const string KeyVaultStore = "keyvault";

    /// <summary>What a reference looks like.</summary>
    public const string Accepted = "config:NAME, where the configuration has secrets:NAME, or keyvault:NAME, a secret of the vault keyVault:url";

    /// <summary>What is said of a text that is none.</summary>
    public const string Problem = $"is not a reference (it is not shown, as it may be a secret); accepted: {Accepted}";

    private const int LongestName = 128;
    private const int LongestVaultName = 127;

    /// <summary>Reads a reference; an unknown store is none.</summary>
    public static bool TryParse(string text, out SecretReference reference)
    {
        ArgumentNullException.ThrowIfNull(text);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        reference = colon < 0 ? default : new SecretReference(text[..colon], text[(colon + 1)..]);
        return reference.Store switch
        {
            ConfigStore => reference.Name.Length is > 0 and <= LongestName && reference.Name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.'),
            KeyVaultStore => IsVaultName(reference.Name),
            _ => false,
        };
    }

    /// <summary>Whether Key Vault may have a secret of this name (Azure's rule: 1 to 127 of <c>0-9a-zA-Z-</c>).</summary>
    public static bool IsVaultName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.Length is > 0 and <= LongestVaultName && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '-');
    }
}
