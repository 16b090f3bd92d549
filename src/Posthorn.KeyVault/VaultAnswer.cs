using Posthorn.Signing;

namespace Posthorn.KeyVault;

/// <summary>What the vault says of one name.</summary>
internal abstract record VaultAnswer
{
    private VaultAnswer()
    {
    }

    /// <summary>These are its versions that may be used now, the newest first.</summary>
    public sealed record Found(IReadOnlyList<SecretVersion> Versions) : VaultAnswer;

    /// <summary>There is nothing to be had under it: what was had before is not used any longer.</summary>
    public sealed record Refused(string Reason) : VaultAnswer;

    /// <summary>It could not be asked: what was had before goes on.</summary>
    /// <param name="Reason">Why.</param>
    /// <param name="RetryAfter">How long it asks to be left alone; null when it does not say.</param>
    public sealed record Away(string Reason, TimeSpan? RetryAfter = null) : VaultAnswer;
}

/// <summary>One version of a secret.</summary>
/// <param name="Id">The vault's name of the version.</param>
/// <param name="Since">From when on it is the one to use.</param>
/// <param name="Value">The secret.</param>
internal sealed record SecretVersion(string Id, DateTimeOffset Since, SigningSecret Value);
