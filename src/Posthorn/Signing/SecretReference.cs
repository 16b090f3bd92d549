namespace Posthorn.Signing;

/// <summary>Where a secret is kept: <c>config:NAME</c> is the configuration's <c>secrets:NAME</c>.</summary>
/// <param name="Store">The store; <c>config</c> is the one there is.</param>
/// <param name="Name">The secret's name in it.</param>
public readonly record struct SecretReference(string Store, string Name)
{
    /// <summary>The store of the configuration.</summary>
    public const string ConfigStore = "config";

    /// <summary>What a reference looks like.</summary>
    public const string Accepted = "config:NAME, where the configuration has secrets:NAME";

    /// <summary>Reads a reference; an unknown store is none.</summary>
    public static bool TryParse(string text, out SecretReference reference)
    {
        ArgumentNullException.ThrowIfNull(text);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        reference = colon < 0 ? default : new SecretReference(text[..colon], text[(colon + 1)..]);
        return reference is { Store: ConfigStore, Name.Length: > 0 and <= 128 } && reference.Name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.');
    }
}
