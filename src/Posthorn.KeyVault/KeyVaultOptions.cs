using Posthorn.Settings;

namespace Posthorn.KeyVault;

/// <summary>The vault that <c>keyvault:NAME</c> points into. Section <c>keyVault</c>.</summary>
public sealed record KeyVaultOptions
{
    /// <summary>The vault, such as <c>https://NAME.vault.azure.net</c>. Default: none.</summary>
    public Uri? Url { get; init; }

    /// <summary>How long a value is used before the vault is asked again. Default: 5 min; 1 s to 1 day.</summary>
    public TimeSpan CacheFor { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long the vault is let be after it did not answer, or had no value; never longer than <see cref="CacheFor"/>.</summary>
    internal TimeSpan AskAgainAfter => CacheFor < LongestSilence ? CacheFor : LongestSilence;

    /// <summary>The longest that one question may take, retries of the SDK included: a delivery waits for it.</summary>
    internal static TimeSpan LongestAnswer { get; } = TimeSpan.FromSeconds(10);

    /// <summary>The longest that a delivery waits for an answer when it has a value of before.</summary>
    internal static TimeSpan Patience { get; } = TimeSpan.FromSeconds(2);

    /// <summary>The longest that the vault may send us away for, by its <c>Retry-After</c>.</summary>
    internal static TimeSpan LongestAbsence { get; } = TimeSpan.FromMinutes(5);

    private static TimeSpan LongestSilence { get; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a new version lets the one before it sign too.</summary>
    private static TimeSpan Overlap { get; } = TimeSpan.FromHours(24);

    /// <summary>Whether a version is so new that the one before it signs too.</summary>
    internal static bool IsYoung(DateTimeOffset since, DateTimeOffset now) => now - since < Overlap;

    /// <summary>Reads the section <c>keyVault</c>.</summary>
    public static KeyVaultOptions From(SettingsSection section)
    {
        ArgumentNullException.ThrowIfNull(section);
        section.AcceptOnly("url", "cacheFor");
        return new KeyVaultOptions
        {
            Url = UrlOf(section),
            CacheFor = section.Duration("cacheFor", new KeyVaultOptions().CacheFor, TimeSpan.FromSeconds(1), TimeSpan.FromDays(1)),
        };
    }

    /// <summary>Only https, and nothing but a host: the token goes to whoever stands here.</summary>
    private static Uri? UrlOf(SettingsSection section)
    {
        if (section.Text("url") is not { } text || string.IsNullOrWhiteSpace(text)) return null;
        if (Uri.TryCreate(text.Trim(), UriKind.Absolute, out var url) && url is { Scheme: "https", PathAndQuery: "/", Fragment: "", UserInfo: "" }) return url;
        var shown = url is { UserInfo.Length: > 0 } ? "a URL with credentials" : text;
        return section.Wrong<Uri?>("url", shown, "https://NAME.vault.azure.net, without a path", null);
    }
}
