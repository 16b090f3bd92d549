using System.Diagnostics;
using System.Text.Json.Serialization;
using Posthorn.Settings;
using Posthorn.Signing;

namespace Posthorn.Client;

/// <summary>How a worker's API is reached.</summary>
public sealed class PosthornClientOptions
{
    private const int MostRetries = 20;
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromMinutes(10);

    /// <summary>The worker's API, such as <c>https://posthorn.example.com</c>; a path is kept before <c>/api</c>. Required.</summary>
    public Uri? Server { get; set; }

    /// <summary>One of the worker's API keys (<c>api:keys</c> holds its hash). Default: none, which a worker in Development takes from its own machine.</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    [JsonIgnore]
    public string? ApiKey { get; set; }

    /// <summary>How often a call is tried again, 0 to 20. Default: 3.</summary>
    public int MaxRetries { get; set; } = 3;

    /// <summary>The deadline of one try, up to 10 minutes. Default: 15 s.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>What makes them usable.</summary>
    internal static OptionRules<PosthornClientOptions> Rules { get; } = new(options => options.Problems());

    private IEnumerable<SettingError> Problems()
    {
        if (Server is not { IsAbsoluteUri: true, Scheme: "http" or "https", UserInfo.Length: 0, Query.Length: 0, Fragment.Length: 0 })
            yield return new SettingError(Key(nameof(Server)), Server is null ? "is missing" : "is not accepted", "an absolute http or https URL without user name and query");
        if (ApiKey is { } key && (key.Length == 0 || SecretForms.ProblemOfBearer(new SigningSecret(key)) is not null))
            yield return new SettingError(Key(nameof(ApiKey)), "is not accepted (it is not shown)", "visible ASCII characters without spaces");
        if (MaxRetries is < 0 or > MostRetries)
            yield return new SettingError(Key(nameof(MaxRetries)), $"'{MaxRetries}' is not accepted", $"0 to {MostRetries}");
        if (Timeout <= TimeSpan.Zero || Timeout > LongestTimeout)
            yield return new SettingError(Key(nameof(Timeout)), $"'{Timeout:c}' is not accepted", $"above 0, up to {LongestTimeout:c}");
    }

    private static string Key(string name) => $"{nameof(PosthornClientOptions)}.{name}";
}
