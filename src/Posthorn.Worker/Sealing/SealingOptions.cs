using Posthorn.KeyVault;
using Posthorn.Settings;
using Posthorn.Signing;

namespace Posthorn.Worker.Sealing;

/// <summary>What inline secrets are sealed with. Section <c>sealing</c>.</summary>
public sealed record SealingOptions
{
    private const string FilePrefix = "file:";
    private const string VaultPrefix = "keyvault:";

    /// <summary>The setting of the key.</summary>
    public const string KeySetting = "sealing:key";

    /// <summary>The keys, the newest first. A secret. Default: none, and a key ring beside the queue instead.</summary>
    public IReadOnlyList<SealingKey>? Keys { get; init; }

    /// <summary>The file that holds them instead, as a mounted secret does.</summary>
    public string? File { get; init; }

    /// <summary>The secret of Key Vault that holds them instead, each of its versions.</summary>
    public string? VaultSecret { get; init; }

    /// <summary>Whether replicas share what they seal with.</summary>
    public bool IsShared => Keys is not null || File is not null || VaultSecret is not null;

    /// <summary>Reads the section <c>sealing</c>.</summary>
    public static SealingOptions From(SettingsSection section, KeyVaultOptions vault)
    {
        ArgumentNullException.ThrowIfNull(section);
        ArgumentNullException.ThrowIfNull(vault);
        section.AcceptOnly("key");
        var text = string.Join(',', section.Texts("key") ?? []).Trim();
        if (text.Length == 0) return new SealingOptions();
        if (text.StartsWith(FilePrefix, StringComparison.Ordinal)) return new SealingOptions { File = text[FilePrefix.Length..] };
        if (text.StartsWith(VaultPrefix, StringComparison.Ordinal)) return OfVault(section, text[VaultPrefix.Length..], vault);
        return SealingKey.ReadAll(text) is { } keys ? new SealingOptions { Keys = keys } : Wrong(section, "is not a key (it is not shown)");
    }

    /// <summary>Says where the keys come from, and never what they are.</summary>
    public override string ToString() =>
        VaultSecret is not null ? $"the key of the secret '{VaultSecret}' of Key Vault"
        : File is not null ? $"the key of {File}"
        : Keys is not null ? $"the key of {KeySetting}"
        : "a key ring beside the queue";

    private static SealingOptions OfVault(SettingsSection section, string name, KeyVaultOptions vault) =>
        !SecretReference.IsVaultName(name) ? Wrong(section, "names no secret of Key Vault")
        : vault.Url is null ? Wrong(section, "names a secret of Key Vault, and keyVault:url is not set")
        : new SealingOptions { VaultSecret = name };

    private static SealingOptions Wrong(SettingsSection section, string problem) => section.WrongUnshown("key", problem, SealingKey.Accepted, new SealingOptions());
}
